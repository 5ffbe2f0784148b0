"""A lock that somebody holds for too long does not lose the run: its transaction is done again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.corrections import Delta, apply_corrections, rebuild_types
from batch.correct.holds import hold_broken, hold_unexplained
from batch.correct.ownership import own, reopen
from batch.days import build_day
from batch.reconcile.marking import build_and_mark, mark_silent
from batch.recount.measures import Measures
from clickledger.clock import to_epoch_ms
from clickledger.mysql import retries
from clickledger.mysql.connection import connected, fetch_all
from clickledger.report_calendar import report_day
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import HOUR, write_hours
from tests.stack.mysql.minutes import Row, random_rows
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack

START = datetime(2026, 1, 15)  # noqa: DTZ001 - naive UTC, as the tables have it
RUN = "a run"
GONE = "type_clicks_by_hour"  # what a mark writes after it has the hour's lock
Work = Callable[["Connection[Cursor]"], object]


def correct(connection: Connection[Cursor]) -> int:
    delta = Delta(START, "tv", "new", 5, 1, Cause.MANUAL_CHANGE, moves_books=False)
    return apply_corrections(connection, RUN, START, [delta])


WORKS: dict[str, tuple[str, Work]] = {
    "own": ("hours", lambda c: own(c, RUN, [START])),
    "reopen": ("hours", lambda c: reopen(c, RUN, START)),
    "hold_unexplained": ("hours", lambda c: hold_unexplained(c, RUN, START)),
    "hold_broken": ("hours", lambda c: hold_broken(c, RUN, START, 1, "why")),
    "correct": ("type_clicks_by_minute", correct),
    "rebuild": (
        "type_clicks_by_minute",
        lambda c: rebuild_types(c, RUN, START, [(to_epoch_ms(START), "tv")]),
    ),
    "mark": (GONE, lambda c: build_and_mark(c, RUN, START, 1, {0: 7}, Measures())),
    "mark_silent": (GONE, lambda c: mark_silent(c, RUN, {START: 1}, {0: 7}, Measures())),
    "build_day": ("hours", lambda c: build_day(c, RUN, report_day("UTC", START.date()))),
}
FIGURES = ("hours", "held_hours", "corrections", "clicks_by_minute", "type_clicks_by_minute",
           "clicks_by_hour", GONE, "reconciled_hours", "clicks_by_day", "built_days")  # fmt: skip
MOMENTS = {"updated_at", "held_at", "applied_at", "reconciled_at", "built_at", "id"}


@pytest.fixture
def batch(deployed: Settings) -> Iterator[Connection[Cursor]]:
    """The batch user's connection, which waits for a lock as briefly as both servers can."""
    with connected(deployed, Role.BATCH) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        yield connection


def two_hours(admin: Connection[Cursor], seed: int) -> None:
    """Reconciled, and ours; one row is there whatever the seed is."""
    known = Row(START, "tv", "known", 3, 2)
    rows = [known, *random_rows(random.Random(seed), START, 2 * 60, 30)]
    write_hours(admin, rows, dict.fromkeys((START, START + HOUR), "reconciled"))
    with admin.cursor() as cursor:
        cursor.execute("UPDATE hours SET owner_run = %s", (RUN,))
        for table in ("held_hours", "hour_incidents", "corrections"):
            cursor.execute(f"DELETE FROM {table}")


def figures(connection: Connection[Cursor]) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(
            (
                tuple(value for name, value in row.items() if name not in MOMENTS)
                for row in fetch_all(connection, f"SELECT * FROM {table}")
            ),
            key=str,
        )
        for table in FIGURES
    }


@pytest.mark.parametrize("name", WORKS)
def test_it_is_done_once_the_lock_is_free(
    server: Server,
    deployed: Settings,
    batch: Connection[Cursor],
    admin: Connection[Cursor],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    name: str,
) -> None:
    """And comes to what it comes to where nobody holds a lock."""
    table, work = WORKS[name]
    two_hours(admin, seed)
    expected = work(batch), figures(admin)
    two_hours(admin, seed)
    pauses: list[float] = []
    with closing(server.admin(deployed.mysql_database)) as other:

        def wait(pause_s: float) -> None:
            pauses.append(pause_s)
            other.rollback()

        monkeypatch.setattr(retries, "sleep", wait)
        other.begin()
        fetch_all(other, f"SELECT * FROM {table} FOR UPDATE")
        assert (work(batch), figures(admin)) == expected
    assert pauses == [retries.PAUSES_S[0]]
