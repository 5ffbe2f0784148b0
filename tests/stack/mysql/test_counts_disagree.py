"""Spark and DuckDB come to different counts: a fault of ours, of which no figure is made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import own
from batch.reconcile.reconciler import Reconciler
from batch.reconcile.results import HourResult, Verdict, found_in
from batch.recount.counting import Counts
from batch.recount.minutes import SCHEMA, empty_minutes
from batch.recount.snapshot import Snapshot
from batch.recount.sources import Sources
from batch.restate.plan import Plan, Planner
from batch.run import Run
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import fetch_all
from clickledger.settings import Settings
from tests.stack.mysql.built_hours import write_hours
from tests.stack.mysql.minutes import Row

pytestmark = pytest.mark.stack

HOUR = datetime(2026, 1, 15, 9)  # noqa: DTZ001 - naive UTC, as the tables have it
RUN = Run("a run", "reconcile", "", "tests", "a test", False, "r", "c")
SOURCES = Sources((HOUR,), (), (), (), ())
NO_SPARK: Any = None


def minutes(clicks: int) -> pa.Table:
    """One row."""
    row = (to_epoch_ms(HOUR), "tv", "d", clicks, 2)
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True))], SCHEMA)


def counts(*, stream: int, recount: int, audit: int) -> Counts:
    """Clicks as each of the three has them."""
    types = {(to_epoch_ms(HOUR), "tv"): (stream, 2, 1)}
    tables = (minutes(stream), minutes(recount), minutes(audit))
    return Counts(HOUR, *tables, types, empty_minutes(), SOURCES)


@pytest.fixture
def snapshot(admin: Connection[Cursor]) -> Snapshot:
    """Of an hour that is ours and was reconciled; the stream has counted 7 clicks."""
    write_hours(admin, [Row(HOUR, "tv", "d", 7, 2)], {HOUR: "reconciled"})
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM corrections")
    own(admin, RUN.run, [HOUR])
    return Snapshot({0: 7}, {HOUR: 1}, minutes(7), {})


@pytest.mark.parametrize(("recount", "audit"), [(7, 8), (8, 7), (8, 9)])
def test_nothing_is_corrected_and_the_hour_is_reopened(
    admin: Connection[Cursor], deployed: Settings, snapshot: Snapshot, recount: int, audit: int
) -> None:
    """Whichever of them the stream agrees with, if any; a person's word changes nothing."""
    disagree = counts(stream=7, recount=recount, audit=audit)
    found = found_in(disagree, disagree, snapshot, {0: 7})
    reconciler = Reconciler(NO_SPARK, deployed, admin, RUN, approved=True)
    result: HourResult = reconciler._settled(found, disagree, snapshot)
    assert result.verdict is Verdict.COUNTS_DISAGREE
    assert result.verdict.is_for_a_person
    assert (result.recount, result.audit) == ((recount, 2), (audit, 2))
    assert fetch_all(admin, "SELECT state, version FROM hours") == [
        {"state": "reopened", "version": 2}
    ]
    assert fetch_all(admin, "SELECT clicks FROM clicks_by_minute") == [{"clicks": 7}]
    assert fetch_all(admin, "SELECT * FROM corrections") == []


@pytest.mark.parametrize("so_far", [7, 8])
def test_nothing_is_restated(
    admin: Connection[Cursor], deployed: Settings, snapshot: Snapshot, so_far: int
) -> None:
    """Neither where the counts by the rules so far disagree, nor where those by new ones do."""
    before = counts(stream=7, recount=7, audit=so_far)
    after = counts(stream=7, recount=9, audit=9 if so_far == 8 else 8)
    plan: Plan = Planner(NO_SPARK, deployed, admin, RUN, 1)._plan(before, after, snapshot, {})
    assert (plan.found.verdict, plan.parts) == (Verdict.COUNTS_DISAGREE, {})
    assert plan.inconsistent == frozenset()
