"""What maintenance, traces and gaps ask: all of it runs on both servers, and figures are right."""

from __future__ import annotations

import random
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.days import build_days, days_to_build
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import SQL_FOLDER, statement
from clickledger.report_calendar import keep_calendar
from tests.stack.mysql.built_hours import HOUR, write_hours
from tests.stack.mysql.minutes import Row, random_rows, sums

pytestmark = pytest.mark.stack

FOLDERS = ("maintenance", "trace")
MORE = ("ledger/gaps", "ledger/open_gaps", "ledger/close_gap", "lifecycle/unarchived",
        "batch/standing_owed", "batch/sealed_between", "archive/fill_segment",
        "archive/first_record", "archive/clear_summaries", "archive/losses", "ledger/lost_records",
        "archive/next_range", "archive/drop_claim", "archive/times_of_ranges")  # fmt: skip
NAMES = (
    *(
        f"{path.parent.name}/{path.stem}"
        for name in FOLDERS
        for path in (SQL_FOLDER / name).iterdir()
    ),
    *MORE,
)
NAMED: dict[str, Any] = {
    **dict.fromkeys(("before", "hour", "minute", "day", "applied_at"), "2026-01-01"),
    **dict.fromkeys(("topic", "run", "device_type", "device_id", "by", "reason", "source"), "t"),
    "end": 9,
}
BY_PLACE = {
    "maintenance/add_item": ("r", 1, "logs", "n", "d", 1, "b"),
    "maintenance/items": ("r",),
    "maintenance/end_item": ("kept", "why", "r", 1),
    "ledger/gaps": ("t",),
    "lifecycle/unarchived": ("t",),
    "batch/standing_owed": ("2026-01-01", "2026-01-02"),
    "batch/sealed_between": ("2026-01-01", "2026-01-02"),
    "archive/first_record": ("t", 0, 0),
    "archive/losses": ("t",),
    "archive/next_range": ("t", 0, 0),
    "archive/drop_claim": ("t", 0, 0),
    "archive/times_of_ranges": ("t", 0, 0, 1),
}
OF_AN_HOUR = {"drop_minutes", "drop_type_minutes", "sums_of_hour"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_statement_runs(admin: Connection[Cursor], name: str) -> None:
    text = statement(name)
    named = {each: NAMED.get(each, 1) for each in re.findall(r"%\((\w+)\)s", text)}
    if name.partition("/")[2] in OF_AN_HOUR:
        named["end"] = "2026-01-02"
    with admin.cursor() as cursor:
        cursor.execute(text, BY_PLACE.get(name) or named or None)


START = datetime(2026, 1, 15)  # noqa: DTZ001 - naive UTC, as the tables have it
ONE_DAY = timedelta(days=1)
SEED = 20260115


@pytest.fixture
def days(admin: Connection[Cursor]) -> list[Row]:
    """Three days in UTC, reconciled and built; nothing is held."""
    rows = random_rows(random.Random(SEED), START, 3 * 24 * 60, 400)
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM held_hours")
    write_hours(admin, rows, {START + n * HOUR: "reconciled" for n in range(72)})
    keep_calendar(admin, "UTC")
    assert len(build_days(admin, "a run", days_to_build(admin, START + 3 * ONE_DAY))) == 3
    return rows


def ask(connection: Connection[Cursor], name: str, **asked: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement; sums as whole numbers."""
    return [
        tuple(int(value) if isinstance(value, Decimal) else value for value in row.values())
        for row in fetch_all(connection, statement(name), asked)
    ]


def execute(connection: Connection[Cursor], text: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters or None)


def to_seal(connection: Connection[Cursor], before: datetime) -> list[tuple[Any, ...]]:
    return ask(connection, "maintenance/days_to_seal", before=before)


def test_days_are_sealed_that_are_final_and_whole(
    admin: Connection[Cursor], days: list[Row]
) -> None:
    first, second, third = (
        (date(2026, 1, 15 + n), 24, sums(days, START + n * ONE_DAY, START + (n + 1) * ONE_DAY)[1])
        for n in range(3)
    )
    end = START + 3 * ONE_DAY
    assert to_seal(admin, end) == [first, second, third]
    assert to_seal(admin, end - HOUR) == [first, second]
    execute(admin, "UPDATE hours SET state = 'reopened' WHERE hour = %s", START + 25 * HOUR)
    assert to_seal(admin, end) == [first, third]
    execute(admin, "UPDATE hours SET state = 'sealed' WHERE hour < %s", START + 2 * HOUR)
    assert to_seal(admin, end) == [first, third]  # a run that died has begun with it
    execute(admin, "INSERT INTO held_hours VALUES (%s, 'r', 'why', %s)", START + 50 * HOUR, START)
    assert to_seal(admin, end) == [first]
    execute(admin, "UPDATE hours SET version = version + 1 WHERE hour = %s", START + 9 * HOUR)
    assert to_seal(admin, end) == []  # marked anew, and its day is not


def test_a_cut_hour_waits_for_both_its_days(admin: Connection[Cursor], days: list[Row]) -> None:
    """A day of Kolkata ends in the UTC hour of 18:00, and the next one begins there."""
    keep_calendar(admin, "Asia/Kolkata")
    assert to_seal(admin, START + 3 * ONE_DAY) == []
    build_days(admin, "a run", days_to_build(admin, START + 3 * ONE_DAY))
    sealable = [day for day, *_ in to_seal(admin, START + 3 * ONE_DAY)]
    assert sealable == [date(2026, 1, 15), date(2026, 1, 16)]  # the last one's evening is not over
    execute(admin, "UPDATE hours SET version = version + 1 WHERE hour = %s", START + 42 * HOUR)
    assert to_seal(admin, START + 3 * ONE_DAY) == []
    assert days


def test_an_hours_sums_and_its_reconciled_hours(admin: Connection[Cursor], days: list[Row]) -> None:
    hour = max(row.minute for row in days).replace(minute=0)
    expected = sums(days, hour, hour + HOUR)[:2]
    (found,) = ask(admin, "maintenance/sums_of_hour", hour=hour, end=hour + HOUR)
    assert found == expected * 3
    execute(admin, "UPDATE hours SET state = 'sealed' WHERE hour < %s", START + 5 * HOUR)
    hours = ask(admin, "maintenance/hours_of_day", day=START)
    assert hours == [(START + n * HOUR,) for n in range(5, 24)]


def test_a_figure_is_of_its_minute_or_of_its_sealed_hour(
    admin: Connection[Cursor], days: list[Row]
) -> None:
    row = days[0]
    hour = row.minute.replace(minute=0)
    asked = {"minute": row.minute, "hour": hour} | {
        name: getattr(row, name) for name in ("device_type", "device_id")
    }
    mine = [each for each in days if each[1:3] == row[1:3]]
    whole = sums(mine, hour, hour + HOUR)[:2]
    assert ask(admin, "trace/figure", **asked) == [("reconciled", *row[3:], None, None)]
    nobody = asked | {"device_id": "nobody"}
    assert ask(admin, "trace/figure", **nobody) == [("reconciled", None, None, None, None)]
    execute(admin, "UPDATE hours SET state = 'sealed' WHERE hour = %s", hour)
    execute(admin, "DELETE FROM clicks_by_minute WHERE minute < %s", hour + HOUR)
    assert ask(admin, "trace/figure", **asked) == [("sealed", None, None, *whole)]


SEGMENTS = ((0, 10), (10, 20), (20, 30), (30, 40))  # the third is a gap, the last one lost
EMPTIED = ("stream_batches", "archive_segments", "ledger_gaps", "archive_losses", "stream_offsets",
           "archive_positions", "archive_hours")  # fmt: skip


@pytest.fixture
def ledger(admin: Connection[Cursor]) -> None:
    """Four segments of two ranges each, and a fifth that is not archived."""
    for table in EMPTIED:
        execute(admin, f"DELETE FROM {table}")
    for start in range(0, 50, 5):
        records = 0 if 20 <= start < 30 or start == 40 else 5
        times = (start * 3_600_000, (start + 1) * 3_600_000) if records else (None, None)
        execute(
            admin,
            "INSERT INTO stream_batches VALUES ('clicks', 0, %s, %s, 1, 'g', 0, %s, %s, %s, 0, %s,"
            " %s, %s, %s, %s, 1, 'r', 'c', '2026-01-01')",
            *(start, start + 5, records, 5 - records, records, records, *times, *times),
        )
    for start, end in SEGMENTS:
        execute(
            admin,
            "INSERT INTO archive_segments (topic, kafka_partition, start_offset, end_offset,"
            " rules_version, state, claimed_at) VALUES ('clicks', 0, %s, %s, 1, 'archived', NOW())",
            *(start, end),
        )
    ledger = "('clicks', 0, 't', 0, 50, NULL, NULL, NULL, NULL, 1, NOW())"
    execute(admin, f"INSERT INTO stream_offsets VALUES {ledger}")
    execute(admin, "INSERT INTO archive_positions VALUES ('clicks', 0, 't', 0, 40, NOW())")
    execute(
        admin,
        "INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset, rules_version,"
        " arrived_before_ms, accepted_at, accepted_by, reason)"
        " VALUES ('clicks', 0, 20, 30, 1, 0, NOW(), 'somebody', 'why')",
    )
    execute(
        admin,
        "INSERT INTO archive_losses VALUES ('clicks', 0, 30, 40, 10, NOW(), 'somebody', 'why')",
    )


@pytest.mark.usefixtures("ledger")
def test_ranges_of_a_segment_are_folded_but_for_gaps_and_losses(admin: Connection[Cursor]) -> None:
    found = ask(admin, "maintenance/ranges_to_fold", topic="clicks", before="2026-01-02")
    assert found == [(0, 0, 0, 10, 2), (0, 10, 10, 20, 2)]
    assert ask(admin, "maintenance/ranges_to_fold", topic="clicks", before="2026-01-01") == []
    execute(admin, "UPDATE stream_batches SET generation = 'other' WHERE start_offset = 15")
    found = ask(admin, "maintenance/ranges_to_fold", topic="clicks", before="2026-01-02")
    assert found == [(0, 0, 0, 10, 2)]


@pytest.mark.usefixtures("ledger")
def test_what_is_not_archived_begins_with_a_record(admin: Connection[Cursor]) -> None:
    rows = fetch_all(admin, statement("lifecycle/unarchived"), ("clicks",))
    assert [tuple(row.values()) for row in rows] == [(0, 45, 45 * 3_600_000)]
    first = fetch_one(admin, statement("archive/first_record"), ("clicks", 0, 16))
    assert first == {"start_offset": 30}
    assert fetch_one(admin, statement("archive/first_record"), ("clicks", 0, 46)) is None
    behind = fetch_one(admin, statement("archive/next_range"), ("clicks", 0, 41))
    assert behind == {"start_offset": 45}
    minute = {"start_ms": 45 * 3_600_000, "end_ms": 45 * 3_600_000 + 60_000}
    held = ask(admin, "trace/ranges_not_archived", topic="clicks", **minute)
    assert held == [(0, 45, 50, 1)]


@pytest.mark.usefixtures("ledger")
def test_of_lost_records_their_hours_are_known(admin: Connection[Cursor]) -> None:
    times = fetch_all(admin, statement("archive/times_of_ranges"), ("clicks", 0, 20, 40))
    spans = {(row["first_event"], row["last_event"]) for row in times}
    assert spans == {(None, None), (30, 31), (35, 36)}
    execute(
        admin, "INSERT INTO archive_hours VALUES (%s, 'clicks', 0, 20, 1, 'f', 1, 1)", START + HOUR
    )
    asked = {"topic": "clicks", "partition": 0, "hours": f'["{START}", "{START + HOUR}"]'}
    name = "archive/hours_of_segments"
    assert ask(admin, name, **asked, start=20, end=30) == [(START + HOUR,)]
    assert ask(admin, name, **asked, start=30, end=40) == []
