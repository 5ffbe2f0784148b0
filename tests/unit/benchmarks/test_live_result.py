"""Two ages: at the first look that shows an event, and at every look."""

import pytest

from benchmarks.live_result import LiveResult, Load, Look, Shown, live_result, page
from benchmarks.machine import Usage

pytestmark = pytest.mark.unit
LOAD = Load(trigger_interval_ms=200, rate=20_000, devices=1_000, warm_s=40, seconds=10, seed=1)
LOOKS = [Shown(1_000, 900), Shown(1_010, 900), Shown(1_020, 1_000), Shown(1_200, 1_000)]


def look(at_s: float, machine_cpu_s: float) -> Look:
    servers = {"mariadb": 0.1 * at_s, "kafka": 0.2 * at_s}
    return Look(at_s, Usage(0.5 * at_s, 900), servers, 0.3 * at_s, machine_cpu_s, 0.05 * at_s)


def result(others: float = 0.0) -> LiveResult:
    between = (look(0, 0), look(10, 10 * (0.5 + 0.1 + 0.2 + 0.3 + 0.05 + others)))
    return live_result(LOAD, 1, LOOKS, between, {"sent": 5, "latest_slice_ms": 3.0}, 2)


def test_ages() -> None:
    found = result()
    assert found.shown_ages_ms == [20]
    assert found.any_age_ms == {"p50": 100, "p95": 200, "p99": 200, "max": 200}
    assert found.updates_per_s == 0.1


def test_cores() -> None:
    found = result(others=0.5)
    assert (found.driver_cores, found.mariadb_cores, found.kafka_cores) == (0.5, 0.1, 0.2)
    assert found.other_cores == pytest.approx(0.5)
    assert (result().quiet, found.quiet) == (True, False)


def test_the_page_has_a_row_for_each_interval_and_each_run() -> None:
    rows = [row for row in page([result(), result()]).splitlines() if row.startswith("| 200 |")]
    assert [row.split(" | ")[1] for row in rows] == ["20", "1", "1"]
