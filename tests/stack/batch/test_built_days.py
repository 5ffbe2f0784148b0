"""Days and measures over a running stream: a late event reopens its hour, and the day follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from batch.quality.runs import judge_days
from clickledger.clock import from_epoch_ms, to_epoch_ms, utc_now
from clickledger.day_quality import DayVerdict, day_quality
from clickledger.mysql.connection import connected
from clickledger.report_calendar import ReportDay, report_day
from clickledger.settings import Role
from tests.stack.batch.reconciled import Reconciled, hour_of
from tests.stack.batch.worker import Worker
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment

pytestmark = pytest.mark.stack

KOLKATA = "Asia/Kolkata"
DAY = report_day(KOLKATA, (utc_now() - timedelta(days=40)).date())
EVENTS, COPIED = 2_000, 90
Figures = tuple[int, int, int]  # clicks, events, devices


@pytest.fixture(scope="module")
def reconciled(stack: RunningStack, worker: Worker) -> Iterator[Reconciled]:
    """A stream whose report time zone cuts UTC hours; events over a day and its neighbours."""
    deployment = make_deployment(stack, "b_built_days", report_time_zone=KOLKATA)
    found = Reconciled(deployment, worker)
    found.start_stream()
    found.send(events())
    found.send(events()[:COPIED])
    yield found
    deployment.close()


def events() -> list[bytes]:
    """One every 97 s from six hours before the day, in a few types."""
    start = to_epoch_ms(DAY.starts_at) - 6 * 3_600_000
    return [f"d{n % 30}|type-{n % 3}|{start + n * 97_000}|{n % 4}".encode() for n in range(EVENTS)]


def true_totals(reconciled: Reconciled, day: ReportDay) -> dict[str, Figures]:
    """Clicks, events and devices by type, as the oracle has them."""
    clicks, counted = Counter[str](), Counter[str]()
    devices: dict[str, set[str]] = {}
    for (minute, kind, device), (c, e) in reconciled.deployment.truth.books(
        reconciled.deployment.applied()
    ).minutes.items():
        if day.starts_at <= minute < day.ends_at:
            clicks[kind] += c
            counted[kind] += e
            devices.setdefault(kind, set()).add(device)
    return {kind: (clicks[kind], counted[kind], len(devices[kind])) for kind in devices}


def served(reconciled: Reconciled, day: ReportDay) -> tuple[set[str], dict[str, Figures]]:
    """States of the day's rows, and the figures."""
    rows = reconciled.rows("SELECT * FROM daily_totals WHERE day = %s", day.day)
    figures = {row["device_type"]: (row["clicks"], row["events"], row["devices"]) for row in rows}
    return {row["state"] for row in rows}, figures


def test_a_late_event_reopens_an_hour_and_the_day_follows(reconciled: Reconciled) -> None:
    """The hour in which Kolkata's day begins, at 18:30 UTC; each side of it is another day."""
    report = reconciled.reconcile()
    assert report.ok
    assert DAY.day in {day.day for day in report.days}
    assert served(reconciled, DAY) == ({"final"}, true_totals(reconciled, DAY))

    reconciled.send([f"late|type-9|{to_epoch_ms(DAY.starts_at)}|3".encode()])
    assert served(reconciled, DAY) == ({"provisional"}, true_totals(reconciled, DAY))
    again = reconciled.reconcile()
    before = report_day(KOLKATA, DAY.day - timedelta(days=1))
    assert {day.day for day in again.days} == {before.day, DAY.day}
    assert served(reconciled, DAY) == ({"final"}, true_totals(reconciled, DAY))
    assert served(reconciled, DAY)[1]["type-9"] == (3, 1, 1)
    assert served(reconciled, before) == ({"final"}, true_totals(reconciled, before))
    assert reconciled.reconcile().days == ()


def test_what_is_measured_is_of_the_marked_hours(reconciled: Reconciled) -> None:
    reconciled.reconcile()
    expected: Counter[tuple[datetime, str]] = Counter()
    surplus: Counter[tuple[datetime, str]] = Counter()
    for n, value in enumerate(events()):
        _, kind, time_ms, _ = value.decode().split("|")
        expected[hour_of(int(time_ms)), kind] += 2 if n < COPIED else 1
        surplus[hour_of(int(time_ms)), kind] += n < COPIED
    rows = reconciled.rows("SELECT * FROM event_measures_by_hour WHERE device_type <> 'type-9'")
    found = {(row["hour"], row["device_type"]): row for row in rows}
    assert {key: row["events"] for key, row in found.items()} == dict(expected)
    assert {key: row["duplicates"] for key, row in found.items()} == dict(surplus)
    assert {row["later"] for row in rows} == set(expected.values())
    assert from_epoch_ms(to_epoch_ms(DAY.first_hour)) in {hour for hour, _ in found}


def test_a_day_of_a_real_stream_is_judged_and_may_be_published(reconciled: Reconciled) -> None:
    """A late event has brought a new type: that is said, and holds nothing."""
    reconciled.reconcile()
    judged = judge_days(reconciled.settings, "tests")
    new_types = {
        each.day: [found.observed for found in each.findings if found.verdict == "failed"]
        for each in judged
        if each.verdict is not DayVerdict.PASSED
    }
    assert new_types == {DAY.day: ["type type-9 (seen for the first time)"]}
    assert judge_days(reconciled.settings, "tests") == []
    with connected(reconciled.settings, Role.READER) as connection:
        assert day_quality(connection, DAY.day).verdict is DayVerdict.WARNED
    assert (reconciled.settings.home / "data_docs" / str(DAY.day) / "index.html").is_file()

    reconciled.send([f"late|type-1|{to_epoch_ms(DAY.starts_at)}|3".encode()])
    with connected(reconciled.settings, Role.READER) as connection:
        assert day_quality(connection, DAY.day).verdict is DayVerdict.NONE
