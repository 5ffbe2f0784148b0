"""Whole days, real and made up, are reconciled while the stream goes on: all counts are equal."""

from __future__ import annotations

import csv
import gzip
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from batch.reconcile.runs import Report
from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.generator.events import EventGenerator
from clickledger.generator.model import Span, TrafficModel
from clickledger.generator.truth import Truth
from clickledger.ledger.rules_versions import effective_rules
from clickledger.settings import CHECKOUT
from tests.stack.batch.reconciled import BY_TESTS, HourKey, Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment

pytestmark = pytest.mark.stack
REAL = CHECKOUT.parent / "shared" / "data" / "webtrackr"
NEW_YEAR_MS, DAY_MS = 1_735_689_600_000, 24 * HOUR_MS  # 2025-01-01 UTC
SHAPES: dict[str, dict[str, float]] = {
    "many devices, all alike": {"devices": 5_000, "zipf_exponent": 0.0},
    "few devices, sent twice": {"devices": 20, "zipf_exponent": 2.0, "duplicate_share": 0.2},
    "late and malformed": {"late_share": 0.3, "malformed_share": 0.1, "unusual_share": 0.1},
}
Start = Callable[[str], Reconciled]


@pytest.fixture
def start(stack: RunningStack, worker: Worker) -> Iterator[Start]:
    """A running stream by its name. No limit on the future: the days are long past."""
    begun: list[Reconciled] = []

    def started(name: str) -> Reconciled:
        found = Reconciled(make_deployment(stack, f"b_{name}", max_future="off"), worker)
        begun.append(found)
        found.start_stream()
        return found

    yield started
    for each in begun:
        each.deployment.close()


def clicks_of_now(turn: int) -> list[bytes]:
    """None of an hour that is over."""
    now_ms = time.time_ns() // 1_000_000
    return [f"now{n}|mobile|{now_ms}|1".encode() for n in range(200)]


def reconciled_meanwhile(days: Reconciled) -> Report:
    """While clicks keep coming; every hour must be identical by all three counts."""
    with days.deployment.sending(0.5, clicks_of_now):
        report = days.worker.reconcile(days.settings, BY_TESTS).result(600)
    assert {found.verdict.value for found in report.results} == {"identical"}
    for found in report.results:
        assert found.stream == found.recount == found.audit
    days.deployment.await_applied()
    days.assert_books_balance()
    return report


def test_the_real_clicks(start: Start) -> None:
    """Clicks by hour and type as those who recorded them have counted."""
    if not REAL.exists():
        pytest.skip("NO REAL CLICKS: the file is not beside this checkout")
    days = start("real_clicks")
    with gzip.open(REAL / "clicks.psv.gz", "rb") as file:
        days.send(line.strip() for line in file)
    reconciled_meanwhile(days)
    with (REAL / "expected_hourly.csv").open(newline="", encoding="utf-8") as file:
        expected = {
            (
                datetime.fromtimestamp(int(row["window_start_ms"]) / 1000, UTC),
                row["device_type"],
            ): int(row["clicks"])
            for row in csv.DictReader(file)
        }
    text = "SELECT hour, device_type, clicks FROM type_clicks_by_hour WHERE hour < '2025-01-01'"
    found = {
        (row["hour"].replace(tzinfo=UTC), row["device_type"]): row["clicks"]
        for row in days.rows(text)
    }
    assert found == expected


@pytest.mark.parametrize(
    "events", [1_000_000, pytest.param(5_000_000, marks=pytest.mark.long)], ids=["1M", "5M"]
)
def test_days_of_every_shape(start: Start, seed: int, events: int) -> None:
    """Hour rows as the generator knows them to be, late, duplicate and malformed events and all."""
    days = start(f"shapes_{events}")
    expected: Counter[tuple[HourKey, str]] = Counter()
    for number, shape in enumerate(SHAPES.values()):
        begin = NEW_YEAR_MS + number * DAY_MS
        expected += send_a_day(days, Span(begin, begin + DAY_MS), shape, events // 3, seed)
    days.deployment.await_applied(timeout_s=600)
    reconciled_meanwhile(days)
    found: Counter[tuple[HourKey, str]] = Counter()
    for row in days.rows("SELECT * FROM clicks_by_hour WHERE hour < '2025-02-01'"):
        key = (row["hour"], row["device_type"], row["device_id"])
        found[key, "clicks"], found[key, "events"] = row["clicks"], row["events"]
    assert +found == +expected


def send_a_day(
    days: Reconciled, span: Span, shape: dict[str, float], events: int, seed: int
) -> Counter[tuple[HourKey, str]]:
    """What the hour rows must hold of it."""
    generator = EventGenerator(TrafficModel(seed=seed, **shape))  # type: ignore[arg-type]
    truth = Truth(generator.population, effective_rules(days.settings, log_append_time=True))
    for chunk in generator.over(span, events):
        days.deployment.send(chunk.values)
        truth.add(chunk)
    sums: Counter[tuple[HourKey, str]] = Counter()
    for (minute_ms, kind, device), (count, number) in truth.minutes().items():
        if minute_ms >= span.end_ms:  # an odd one, of a far future
            continue
        key = (from_epoch_ms(minute_ms - minute_ms % HOUR_MS), kind, device)
        sums[key, "clicks"] += count
        sums[key, "events"] += number
    return sums
