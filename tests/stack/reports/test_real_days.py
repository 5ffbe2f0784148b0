"""Real clicks through Kafka, stream and reconciliation into bundles, and what moves them later."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from batch.due import HOUR
from batch.reconcile.runs import Ask as ReconcileAsk
from batch.restate.runs import RestateAsk
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role
from reports.due import publish_days
from reports.publish import Ask, Published
from reports.verify import open_bundle
from reports.verify_against import against_archive, against_database
from tests.stack.batch.conftest import worker
from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.reports.reported import KOLKATA, judge, manifest
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment

__all__ = ["worker"]  # the session's batch process, as a fixture

pytestmark = pytest.mark.stack

REAL_CLICKS = CHECKOUT.parent / "shared" / "data" / "webtrackr" / "clicks.psv.gz"
ZONE = ZoneInfo(KOLKATA)
FIRST, SECOND = date(2019, 2, 28), date(2019, 3, 1)
OK, MOVED = ["ok"], ["moved"]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Two days of Kolkata out of the real file."""
    if not REAL_CLICKS.exists():
        pytest.skip("NO REAL CLICKS: the file is not beside this checkout")
    with gzip.open(REAL_CLICKS, "rb") as file:
        return [line.strip() for line in file if day_of(line) in (FIRST, SECOND)]


@pytest.fixture(scope="module")
def real(stack: RunningStack, worker: Worker, lines: list[bytes]) -> Iterator[Reconciled]:
    """A stream that has counted them, reconciled."""
    deployment = make_deployment(stack, "r_real_days", report_time_zone=KOLKATA)
    found = Reconciled(deployment, worker)
    found.start_stream()
    found.send(lines)
    assert found.reconcile().ok
    yield found
    deployment.close()


def day_of(line: bytes) -> date:
    return datetime.fromtimestamp(int(line.split(b"|")[2]) / 1000, UTC).astimezone(ZONE).date()


def counted(lines: list[bytes], day: date) -> dict[tuple[str, str], tuple[int, int]]:
    """Clicks and events by type and device, with nothing of ours."""
    clicks: Counter[tuple[str, str]] = Counter()
    events: Counter[tuple[str, str]] = Counter()
    for line in lines:
        device, kind, _, count = line.decode().split("|")
        if day_of(line) == day:
            clicks[kind, device] += int(count)
            events[kind, device] += 1
    return {key: (clicks[key], events[key]) for key in events}


def published(real: Reconciled) -> dict[date, Published]:
    """Whatever was due."""
    with connected(real.settings, Role.BATCH) as connection:
        judge(connection)
        found = publish_days(connection, real.settings, None, Ask("tests"))
    return {each.day: each for each in found}


def assert_holds(found: Published, devices: dict[tuple[str, str], tuple[int, int]]) -> None:
    assert found.folder is not None
    text = "SELECT device_type, device_id, clicks, events FROM read_parquet(?)"
    with duckdb.connect() as database:
        rows = database.execute(text, [str(found.folder / "devices-*.parquet")]).fetchall()
    assert {(kind, device): (c, e) for kind, device, c, e in rows} == devices
    assert found.totals == {
        "clicks": sum(clicks for clicks, _ in devices.values()),
        "events": sum(events for _, events in devices.values()),
        "devices": len(devices),
    }


def looked_at(real: Reconciled, found: Published, version: int) -> list[list[str]]:
    """What the database and the raw events say of a version."""
    assert found.folder is not None
    bundle = open_bundle(found.folder.parent / f"v{version}")
    with connected(real.settings, Role.READER) as connection:
        database = [check.status.value for check in against_database(connection, bundle)]
        archive = against_archive(
            connection, bundle, lambda cuts: real.worker.recount(real.settings, cuts).result(120)
        )
        return [database, [check.status.value for check in archive]]


def test_days_equal_an_independent_count_and_versions_follow_what_moves_them(
    real: Reconciled, lines: list[bytes]
) -> None:
    first = published(real)
    for day in (FIRST, SECOND):
        assert_holds(first[day], counted(lines, day))
    assert looked_at(real, first[FIRST], 1) == [["ok", "ok"], OK]
    own = manifest(first[SECOND].folder)["clickledger"]
    assert own["comparedWith"]["the day before"] == {"day": str(FIRST), "version": 1}
    assert own["rules"] == [1]
    assert own["releases"] != []

    # A row that somebody changed is put right before it is published: nothing moves.
    hour = datetime(2019, 3, 1, 13)  # noqa: DTZ001
    real.harm(
        "UPDATE clicks_by_minute SET clicks = clicks + 7 WHERE minute >= %s AND minute < %s",
        hour,
        hour + HOUR,
    )
    real.reopen(hour)
    ask = ReconcileAsk("tests", "a test", hour, hour + HOUR, approved=True)
    assert real.result_of(hour, ask).verdict == "corrected"
    assert {day: each.outcome for day, each in published(real).items()} == {SECOND: "unchanged"}

    # A late event moves its day, and no other.
    late = b"late|mobile|%d|5" % to_epoch_ms(datetime(2019, 2, 28, 12))  # noqa: DTZ001
    real.send([late])
    held = published(real)[FIRST]
    assert (held.outcome, held.version) == ("held", 1)
    assert real.reconcile().ok
    again = published(real)
    assert {day: (each.outcome, each.version) for day, each in again.items()} == {
        FIRST: ("published", 2)
    }
    assert_holds(again[FIRST], counted([*lines, late], FIRST))
    assert again[FIRST].why == ["moved since v1: late events"]
    assert looked_at(real, again[FIRST], 1) == [["ok", "moved"], OK]
    assert looked_at(real, again[FIRST], 2) == [["ok", "ok"], OK]

    # A restatement: under these rules the hour's events came too late to count.
    strict = real.settings.model_copy(update={"max_age": timedelta(days=20)})
    asked = RestateAsk(hour, hour + HOUR, "tests", "a test", approved=True)
    assert real.worker.restate(strict, asked).result(120).ok
    assert real.reconcile().ok
    restated = published(real)
    assert {day: (each.outcome, each.version) for day, each in restated.items()} == {
        SECOND: ("published", 2)
    }
    assert restated[SECOND].why == ["moved since v1: correction: rules"]
    left = [line for line in lines if not hour <= moment_of(line) < hour + HOUR]
    assert_holds(restated[SECOND], counted(left, SECOND))
    assert looked_at(real, restated[SECOND], 1) == [["ok", "moved"], MOVED]


def moment_of(line: bytes) -> datetime:
    return datetime.fromtimestamp(int(line.split(b"|")[2]) / 1000, UTC).replace(tzinfo=None)
