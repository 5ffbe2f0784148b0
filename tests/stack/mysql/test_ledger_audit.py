"""A balanced book is clean; each way to break it turns exactly the right check red."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError
from clickledger.ledger.audit import CHECKS, CheckResult, books_balance, run_audit
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import SQL_FOLDER
from clickledger.settings import Role, Settings
from tests.stack.mysql.book import write_balanced_book
from tests.stack.mysql.servers import Server, deployment

pytestmark = pytest.mark.stack

RANGE = "WHERE topic = 'clicks' AND kafka_partition = {} AND start_offset = {}"
COUNTED = ("clicks_by_minute", "type_clicks_by_minute")
SEALED = (
    "UPDATE hours SET state = 'sealed' WHERE hour = '2025-06-30 23:00'",
    "INSERT INTO type_clicks_by_hour VALUES ('2025-06-30 23:00', 'tv', 8, 5, 1)",
)
CORRECTION = (
    "INSERT INTO corrections (run, hour, minute, device_type, device_id, cause, applied_at,"
    " moves_books, clicks_before, events_before, clicks_delta, events_delta, clicks_after,"
    " events_after) VALUES ('r', '2026-01-01', '2026-01-01', 'tv', 'd', 'release', '2026-01-01',"
    " {}, 0, 0, 1, 1, 1, 1)"
)
BREAKS = [
    # ranges tile [origin, next offset)
    ("ranges_tile", "DELETE FROM stream_offsets WHERE kafka_partition = 1"),
    ("ranges_tile", "UPDATE stream_offsets SET next_offset = 24 WHERE kafka_partition = 0"),
    ("ranges_tile", "UPDATE stream_offsets SET next_offset = 20 WHERE kafka_partition = 0"),
    ("ranges_tile", "UPDATE stream_offsets SET next_offset = 8 WHERE kafka_partition = 2"),
    ("ranges_tile", "UPDATE stream_offsets SET origin_offset = 1 WHERE kafka_partition = 0"),
    ("ranges_tile", "UPDATE stream_offsets SET origin_offset = 99 WHERE kafka_partition = 1"),
    (  # a gap of one before it, an overlap of one behind it
        "ranges_tile",
        "UPDATE stream_batches SET start_offset = 11, end_offset = 21 " + RANGE.format(0, 10),
    ),
    (  # a range of holes inside another one
        "ranges_tile",
        "INSERT INTO stream_batches SELECT topic, kafka_partition, 15, 20, epoch, generation, 0,"
        " 0, 5, 0, 0, 0, NULL, NULL, NULL, NULL, rules_version, release_name, code_fingerprint,"
        " applied_at FROM stream_batches " + RANGE.format(0, 10),
    ),
    (  # a range that the ledger does not know of
        "ranges_tile",
        "INSERT INTO stream_batches SELECT topic, 2, 7, 9, epoch, generation, 0, 0, 2, 0, 0, 0,"
        " NULL, NULL, NULL, NULL, rules_version, release_name, code_fingerprint, applied_at"
        " FROM stream_batches " + RANGE.format(0, 10),
    ),
    (  # nothing counted at the origin, and as many offsets counted twice further on
        "ranges_tile",
        "UPDATE stream_offsets SET origin_offset = 97 WHERE kafka_partition = 1;"
        "INSERT INTO stream_batches SELECT topic, 1, 107, 110, epoch, generation, 0, 0, 3, 0, 0, 0,"
        " NULL, NULL, NULL, NULL, rules_version, release_name, code_fingerprint, applied_at"
        " FROM stream_batches " + RANGE.format(1, 100),
    ),
    # each range is full, each record judged
    ("ranges_full", "UPDATE stream_batches SET holes = 2 " + RANGE.format(0, 0)),
    ("ranges_full", "UPDATE stream_batches SET holes = 0 " + RANGE.format(0, 0)),
    (
        "records_judged",
        "UPDATE stream_batches SET records_read = 8, holes = 2 " + RANGE.format(0, 0),
    ),
    (
        "records_judged",
        "UPDATE stream_batches SET records_read = 10, holes = 0 " + RANGE.format(0, 0),
    ),
    # epochs and rules
    ("epochs_grow", "UPDATE stream_batches SET epoch = 3 " + RANGE.format(0, 0)),
    ("epochs_grow", "UPDATE stream_batches SET epoch = 4 " + RANGE.format(1, 105)),
    ("epochs_grow", "UPDATE stream_fence SET epoch = 2"),
    ("rules_versions_known", "DELETE FROM rules_versions WHERE version = 2"),
    ("rules_versions_known", "UPDATE stream_batches SET rules_version = 9 " + RANGE.format(1, 100)),
    # sums
    ("minutes_equal_ledger", "UPDATE stream_batches SET clicks = 31 " + RANGE.format(0, 0)),
    (
        "minutes_equal_ledger",
        "UPDATE stream_batches SET accepted = 8, records_read = 10, holes = 0 "
        + RANGE.format(0, 0),
    ),
    (  # hour rows stand for the minute rows of a sealed hour
        "minutes_equal_ledger",
        "UPDATE hours SET state = 'sealed' WHERE hour = '2026-01-01 12:00';"
        "INSERT INTO type_clicks_by_hour VALUES ('2026-01-01 12:00', 'tv', 1, 1, 1)",
    ),
    (
        "sealed_hours_empty",
        "UPDATE hours SET state = 'sealed' WHERE hour = '2025-06-30 23:00'",
    ),
    (
        "types_equal_minutes",
        "UPDATE type_clicks_by_minute SET clicks = clicks + 1 WHERE device_type = 'tv'",
    ),
    (
        "types_equal_minutes",
        "UPDATE type_clicks_by_minute SET events = events - 1 WHERE device_type = 'tv'",
    ),
    (
        "types_equal_minutes",
        "UPDATE type_clicks_by_minute SET clicks = clicks - IF(device_type = 'tv', 3, -3)"
        " WHERE device_type IN ('tv', 'tablet')",
    ),
    (
        "devices_equal_rows",
        "UPDATE type_clicks_by_minute SET devices = devices + 1 WHERE device_type = 'tv'",
    ),
    (
        "minutes_hold_events",
        "INSERT INTO clicks_by_minute VALUES ('2026-01-01 10:00', 'phone', 'nothing', 0, 0)",
    ),
    ("rejects_equal_ledger", "UPDATE rejected_counts SET rejected = 2 WHERE reason <> 'bad_time'"),
    ("rejects_equal_ledger", "DELETE FROM rejected_counts WHERE reason = 'wrong_field_count'"),
    # hours
    ("hours_exist", "DELETE FROM hours WHERE hour = '2025-06-30 23:00'"),
    (
        "built_hours_equal_minutes",
        "UPDATE hours SET state = 'reconciled' WHERE hour = '2026-01-01 10:00'",
    ),
    ("hours_states_legal", "UPDATE hours SET state = 'Open' WHERE hour = '2026-01-01 12:00'"),
    ("hours_states_legal", "UPDATE hours SET version = -1 WHERE hour = '2026-01-01 12:00'"),
    (
        "hours_states_legal",
        "UPDATE hours SET hour = '2026-01-01 12:30' WHERE hour = '2026-01-01 12:00'",
    ),
]
CONSTRAINED = ("stream_batches", "stream_offsets", "hours")


@pytest.fixture(scope="module")
def unconstrained(server: Server) -> Iterator[Settings]:
    """A database without CHECKs: the audit must find what they would have refused."""
    with deployment(server) as settings, closing(server.admin(settings.mysql_database)) as admin:
        for row in fetch_all(
            admin,
            "SELECT table_name AS owner, constraint_name AS name"
            " FROM information_schema.table_constraints"
            " WHERE table_schema = %s AND constraint_type = 'CHECK'",
            (settings.mysql_database,),
        ):
            if row["owner"] in CONSTRAINED:
                execute(admin, f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['name']}")
        yield settings


@pytest.fixture
def book(server: Server, unconstrained: Settings) -> Iterator[Connection[Cursor]]:
    """An administrator's connection to a book that balances."""
    with closing(server.admin(unconstrained.mysql_database)) as connection:
        write_balanced_book(connection)
        yield connection


def execute(connection: Connection[Cursor], text: str) -> int:
    with connection.cursor() as cursor:
        return cursor.execute(text)


def failed_checks(connection: Connection[Cursor]) -> set[str]:
    return set(run_audit(connection).failed)


def test_every_query_of_the_folder_is_a_check() -> None:
    assert {path.stem for path in (SQL_FOLDER / "audit").glob("*.sql")} == CHECKS.keys()


def test_a_balanced_book_is_clean_for_a_reader(
    book: Connection[Cursor], unconstrained: Settings
) -> None:
    with connected(unconstrained, Role.READER) as reader:
        report = run_audit(reader)

    assert [check.name for check in report.checks if check.ok] == list(CHECKS)
    assert report.ok


def test_an_empty_book_is_clean(deployed: Settings) -> None:
    with connected(deployed, Role.READER) as reader:
        assert run_audit(reader).failed == frozenset()


def test_there_is_a_break_for_every_check() -> None:
    assert {name for name, _ in BREAKS} == CHECKS.keys()


@pytest.mark.parametrize(
    ("check", "broken_by"), BREAKS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(BREAKS)]
)
def test_exactly_the_right_check_turns_red(
    book: Connection[Cursor], check: str, broken_by: str
) -> None:
    for text in broken_by.split(";"):
        assert execute(book, text) > 0

    assert failed_checks(book) == {check}


def test_two_breaks_turn_two_checks_red(book: Connection[Cursor]) -> None:
    execute(book, "UPDATE stream_fence SET epoch = 2")
    execute(book, "DELETE FROM hours")

    assert failed_checks(book) == {"epochs_grow", "hours_exist"}


def test_a_lost_minute_row_is_seen_from_all_sides(book: Connection[Cursor]) -> None:
    execute(book, "DELETE FROM clicks_by_minute WHERE device_type = 'tv'")

    assert failed_checks(book) == {
        "minutes_equal_ledger",
        "types_equal_minutes",
        "devices_equal_rows",
    }


def test_a_range_applied_twice_is_seen(book: Connection[Cursor]) -> None:
    execute(book, "UPDATE clicks_by_minute SET clicks = clicks * 2, events = events * 2")
    execute(book, "UPDATE type_clicks_by_minute SET clicks = clicks * 2, events = events * 2")

    assert failed_checks(book) == {"minutes_equal_ledger"}


@pytest.mark.parametrize(
    ("harms", "balance"),
    [
        ((), True),
        (("UPDATE clicks_by_minute SET clicks = 9 WHERE device_type = 'tv'",), True),
        (("UPDATE type_clicks_by_minute SET events = 6 WHERE device_type = 'tv'",), True),
        (tuple(f"DELETE FROM {table} WHERE device_type = 'tv'" for table in COUNTED), False),
        (
            tuple(f"UPDATE {table} SET clicks = 9 WHERE device_type = 'tv'" for table in COUNTED),
            False,
        ),
        ((f"UPDATE stream_batches SET accepted = 8 {RANGE.format(0, 0)}",), False),
        ((*SEALED, *(f"DELETE FROM {table} WHERE device_type = 'tv'" for table in COUNTED)), True),
        (SEALED, False),
        ((CORRECTION.format(1),), False),
        ((CORRECTION.format(0),), True),
    ],
)
def test_books_do_not_balance_if_rows_and_their_sums_are_off(
    book: Connection[Cursor], unconstrained: Settings, harms: tuple[str, ...], balance: bool
) -> None:
    for harm in harms:
        execute(book, harm)

    assert books_balance(unconstrained) is balance


def test_the_rows_that_break_it_are_shown(book: Connection[Cursor]) -> None:
    execute(book, "UPDATE stream_offsets SET next_offset = 24 WHERE kafka_partition = 0")
    tile = next(check for check in run_audit(book).checks if check.name == "ranges_tile")

    assert tile.violations == 2
    assert [dict(row) for row in tile.rows] == [
        {
            "problem": "ranges hold 23 offsets, the ledger 24",
            "topic": "clicks",
            "kafka_partition": 0,
            "start_offset": 0,
            "end_offset": 23,
            "origin_offset": 0,
            "next_offset": 24,
        },
        {
            "problem": "nothing follows this range",
            "topic": "clicks",
            "kafka_partition": 0,
            "start_offset": 20,
            "end_offset": 23,
            "origin_offset": 0,
            "next_offset": 24,
        },
    ]


def test_all_violations_are_counted_and_twenty_shown(book: Connection[Cursor]) -> None:
    with book.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO clicks_by_minute VALUES ('2026-01-01 10:00', 'phone', %s, 0, 0)",
            [(f"nothing-{n:02d}",) for n in range(25)],
        )
    empty = next(check for check in run_audit(book).checks if not check.ok)

    assert (empty.name, empty.violations) == ("minutes_hold_events", 25)
    assert [row["device_id"] for row in empty.rows] == [f"nothing-{n:02d}" for n in range(20)]


def test_the_report_is_json(book: Connection[Cursor]) -> None:
    execute(book, "UPDATE stream_batches SET clicks = 31 " + RANGE.format(0, 0))
    report = json.loads(json.dumps(run_audit(book).as_dict()))

    assert report["ok"] is False
    assert [check["name"] for check in report["checks"]] == list(CHECKS)
    sums = {"minute_clicks": 55, "ledger_clicks": 56, "minute_events": 27, "ledger_accepted": 27}
    sealed = {"sealed_clicks": 0, "sealed_events": 0, "surplus_clicks": -1, "surplus_events": 0}
    assert [check["rows"] for check in report["checks"] if not check["ok"]] == [
        [{**sums, **dict.fromkeys(("corrected_clicks", "corrected_events"), 0), **sealed}]
    ]
    assert report["open_gaps"] == []
    assert report["lost_records"] == []


def test_all_checks_see_one_snapshot(
    server: Server, unconstrained: Settings, book: Connection[Cursor]
) -> None:
    """Whole transactions committed while the audit runs are not seen, by none of its checks."""
    seen: list[str] = []

    def break_it(result: CheckResult) -> None:
        seen.append(result.name)
        with closing(server.admin(unconstrained.mysql_database)) as writer:
            execute(writer, "DELETE FROM hours")
            execute(writer, "DELETE FROM rejected_counts")
            execute(writer, "UPDATE stream_batches SET clicks = clicks + 1")

    assert run_audit(book, on_check=break_it).ok
    assert seen == list(CHECKS)
    assert failed_checks(book) == {"hours_exist", "minutes_equal_ledger", "rejects_equal_ledger"}


def test_the_connection_is_left_as_it_was(book: Connection[Cursor]) -> None:
    run_audit(book)

    assert execute(book, "UPDATE stream_fence SET epoch = 4") == 1
    level = fetch_all(book, "SELECT @@transaction_isolation AS level")
    assert level == [{"level": "READ-COMMITTED"}]


def test_an_unmigrated_database_is_told(empty: Settings) -> None:
    with (
        connected(empty, Role.OWNER) as owner,
        pytest.raises(ConfigurationError, match="run `clickledger migrate`"),
    ):
        run_audit(owner)
