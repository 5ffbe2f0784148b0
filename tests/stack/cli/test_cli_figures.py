"""Questions to the tables: each answer is the book's own figure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ExitCode
from clickledger.settings import Role, Settings
from tests.stack.cli.conftest import Invoke
from tests.stack.mysql.book import MINUTES, write_balanced_book
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack
DAY = ("--from", "2026-01-01", "--to", "2026-01-02")


@pytest.fixture
def admin(servers: tuple[Server, str], database: Settings) -> Iterator[Connection[Cursor]]:
    with closing(servers[0].admin(database.mysql_database)) as connection:
        yield connection


@pytest.fixture(autouse=True)
def book(admin: Connection[Cursor]) -> None:
    write_balanced_book(admin)


def answer(invoke: Invoke, *arguments: str) -> Any:
    code, out, err = invoke(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_windows_are_sums_of_minutes(invoke: Invoke) -> None:
    line = ("window", "--length", "1h", "--slide", "30m", "--from", "2026-01-01T10:00Z")
    rows = answer(invoke, *line, "--to", "2026-01-01T12:00Z")
    found = [(row["window_start"], row["clicks"], row["events"]) for row in rows]
    assert found == [
        ("2026-01-01T10:00:00Z", 42, 19),
        ("2026-01-01T10:30:00Z", 12, 8),
        ("2026-01-01T11:00:00Z", 5, 3),
    ]
    tablets = answer(invoke, *line, "--to", "2026-01-01T11:00Z", "--type", "tablet")
    assert [(row["clicks"], row["events"]) for row in tablets] == [(0, 1)]


def test_times_are_shown_in_the_zone_asked_for(invoke: Invoke) -> None:
    line = ("window", "--length", "1h", *DAY[:3], "2026-01-01T01:00")
    (row,) = answer(invoke, *line, "--tz", "Asia/Kolkata")
    assert row["window_start"] == "2026-01-01T05:30:00+05:30"
    code, out, _ = invoke(*line)
    assert code == 0
    assert out.splitlines()[0].split() == ["WINDOW", "START", "WINDOW", "END", "CLICKS", "EVENTS"]
    assert out.splitlines()[1].split() == ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "0", "0"]


def test_a_devices_minutes_are_newest_first(invoke: Invoke) -> None:
    rows = answer(invoke, "device", "a")
    expected = sorted(
        [(at, kind, clicks) for at, kind, device, clicks, _ in MINUTES if device == "a"],
        key=lambda row: (row[0], row[1] == "phone"),
        reverse=True,
    )
    assert [
        (row["minute"].replace("T", " ")[:16], row["device_type"], row["clicks"]) for row in rows
    ] == expected
    assert len(answer(invoke, "device", "a", "--limit", "1")) == 1
    assert answer(invoke, "device", "A") == []  # ids are compared by bytes


def test_the_top_devices_of_a_day(invoke: Invoke) -> None:
    rows = answer(invoke, "top", *DAY)
    assert [
        (row["place"], row["device_type"], row["device_id"], row["clicks"]) for row in rows
    ] == [
        (1, "phone", "a", 42),
        (2, "phone", "b", 5),
        (3, "tablet", "a", 0),
    ]
    assert len(answer(invoke, "top", *DAY, "--limit", "2")) == 2


def test_stats_show_the_last_minutes_and_all_totals(
    invoke: Invoke, admin: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        for kind, clicks in (("phone", 7), ("tv", 5)):
            cursor.execute(
                "INSERT INTO type_clicks_by_minute VALUES"
                " (UTC_TIMESTAMP() - INTERVAL SECOND(UTC_TIMESTAMP()) SECOND, %s, %s, 2, 1)",
                (kind, clicks),
            )
    found = answer(invoke, "stats", "--minutes", "5")
    now = [row for row in found["minutes"] if row["events"]]
    assert {(row["device_type"], row["clicks"]) for row in now} == {("phone", 7), ("tv", 5)}
    assert (found["totals"]["clicks"], found["totals"]["events"]) == (55 + 12, 27 + 4)
    assert found["totals"]["first_minute"] == "2025-06-30T23:59:00Z"
    assert found["stream"] == "stopped: nothing was deployed yet"
    code, out, _ = invoke("stats", "--once")
    assert code == 0
    assert out.splitlines()[0].split() == ["MINUTE", "phone", "tv", "ALL"]
    assert any(line.split()[1:] == ["7", "5", "12"] for line in out.splitlines())
    assert "67 clicks in 31 events" in out


def test_rejects_are_counted_and_samples_are_safe_to_look_at(
    invoke: Invoke, admin: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM rejected_counts")
        cursor.execute(
            "SELECT UTC_TIMESTAMP() - INTERVAL MINUTE(UTC_TIMESTAMP()) MINUTE"
            " - INTERVAL SECOND(UTC_TIMESTAMP()) SECOND"
        )
        ((hour,),) = cursor.fetchall()
        cursor.executemany(
            "INSERT INTO rejected_counts VALUES (%s, %s, %s)",
            [(hour, "bad_time", 3), (hour, "not_utf8", 9), ("2020-01-01", "bad_click", 50)],
        )
        cursor.executemany(
            "INSERT INTO rejected_events VALUES ('clicks', 0, %s, %s, %s, %s, %s, %s)",
            [
                (5, "not_utf8", b"\xff\x1b[2J|x", 6, hour, hour),
                (6, "bad_time", b"d|t|soon|1", 10, hour, hour),
            ],
        )
    found = answer(invoke, "rejects", "--samples")
    assert [(row["reason"], row["rejected"], row["samples"]) for row in found["reasons"]] == [
        ("not_utf8", 9, 1),
        ("bad_time", 3, 1),
    ]
    assert {(row["offset"], row["bytes"], row["value"]) for row in found["samples"]} == {
        (5, 6, "\\xff\\x1b[2J|x"),
        (6, 10, "d|t|soon|1"),
    }
    only = answer(invoke, "rejects", "--samples", "--reason", "bad_time")
    assert [row["offset"] for row in only["samples"]] == [6]
    assert answer(invoke, "rejects")["samples"] == []
    assert {row["reason"] for row in answer(invoke, "rejects", "--hours", "100000")["reasons"]} == {
        *("not_utf8", "bad_time", "bad_click"),
    }
    code, out, _ = invoke("rejects", "--samples")
    assert code == 0
    assert "\x1b" not in out


def test_the_ledger_shows_each_partition(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKLEDGER_TOPIC", "clicks")
    found = answer(invoke, "ledger", "show")
    rows = [
        (row["partition"], row["origin_offset"], row["next_offset"]) for row in found["partitions"]
    ]
    assert rows == [(0, 0, 23), (1, 100, 110), (2, 7, 7)]


def test_a_balanced_book_passes_the_audit(invoke: Invoke) -> None:
    found = answer(invoke, "ledger", "audit")
    assert found["ok"] is True
    code, out, _ = invoke("ledger", "audit")
    assert code == 0
    assert out.endswith("The books balance.\n")
    assert "BROKEN" not in out


def test_a_broken_book_ends_with_20_and_the_rows_that_break_it(
    invoke: Invoke, admin: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("UPDATE clicks_by_minute SET clicks = clicks + 1 WHERE device_id = 'b'")
    code, out, err = invoke("ledger", "audit", "--json")
    assert code == ExitCode.AUDIT_FAILED
    broken = {check["name"]: check["rows"] for check in json.loads(out)["checks"] if check["rows"]}
    assert set(broken) == {"minutes_equal_ledger", "types_equal_minutes"}
    assert "error: The books do not balance: minutes_equal_ledger, types_equal_minutes." in err
    code, out, _ = invoke("ledger", "audit")
    assert code == ExitCode.AUDIT_FAILED
    assert out.count("BROKEN") == 2
    assert "2026-01-01T10:00:00" in out


def test_a_database_without_tables_says_what_to_do(
    invoke: Invoke, database: Settings, admin: Connection[Cursor]
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("RENAME TABLE clicks_by_minute TO hidden")
        try:
            code, out, err = invoke("top")
        finally:
            cursor.execute("RENAME TABLE hidden TO clicks_by_minute")
    assert (code, out) == (ExitCode.CONFIGURATION, "")
    assert "run `clickledger migrate`" in err


def test_a_refused_login_shows_no_password(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, deployed: Settings
) -> None:
    monkeypatch.setenv("CLICKLEDGER_MYSQL_READER_PASSWORD", "s3ntinel")
    for options in ((), ("--debug",)):
        code, out, err = invoke(*options, "top")
        assert (code, out) == (ExitCode.CONFIGURATION, "")
        assert "refused the login" in err
        assert "s3ntinel" not in err


def test_migrate_says_what_it_did_and_then_has_nothing_to_do(
    invoke: Invoke, database: Settings
) -> None:
    assert answer(invoke, "migrate") == {"database": database.mysql_database, "applied": []}
    code, out, _ = invoke("migrate")
    assert (code, out) == (0, f"{database.mysql_database} is up to date.\n")


def test_every_role_can_log_in_with_what_the_environment_says(deployed: Settings) -> None:
    from clickledger.mysql.connection import connected

    for role in Role:
        with connected(deployed, role) as connection:
            assert connection.open
