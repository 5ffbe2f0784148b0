"""A rate counts from the first twelfth on, and noise is named."""

from dataclasses import replace

import pytest

from benchmarks.drain_result import DrainResult, Sample, page, result_of
from benchmarks.event_maker import EventMaker
from benchmarks.machine import Usage

pytestmark = pytest.mark.unit
MAKER = EventMaker(12_000_000, 1_000)


def sample(at_s: float, millions: float, cpu_s: float, others_cpu_s: float = 0) -> Sample:
    """The servers take a tenth of a core each, and so do we."""
    servers = {"mariadb": at_s / 10, "kafka": at_s / 10}
    machine = cpu_s + sum(servers.values()) + at_s / 10 + others_cpu_s
    return Sample(at_s, int(millions * 1e6), Usage(cpu_s, 100 + at_s), servers, machine, at_s / 10)


def result(others_cpu_s: float = 0) -> DrainResult:
    looks = [
        sample(0, 0, 0),
        sample(5, 0.5, 6),
        sample(6, 1, 8),
        sample(16, 12, 19, others_cpu_s),
    ]
    return result_of(looks, MAKER, "ours", 1, 0.01)


def test_steady_is_from_the_first_twelfth_to_the_end() -> None:
    found = result()
    assert found.steady_events_per_s == 11e6 / 10
    assert found.steady_core_s_per_million == 1.0
    assert (found.whole_s, found.whole_core_s_per_million) == (16, 19 / 12)
    assert (found.first_visible_s, found.peak_rss_mib) == (5, 116)
    assert found.mariadb_core_s_per_million == 1.6 / 12
    assert found.visible == [(0, 0), (5, 500_000), (6, 1_000_000), (16, 12_000_000)]


def test_all_at_once_has_no_steady_part() -> None:
    found = result_of([sample(0, 0, 0), sample(9, 12, 9)], MAKER, "ours", 1, 0)
    assert found.steady_events_per_s is None


def test_other_programs_make_a_run_noisy() -> None:
    assert result().quiet
    assert result(others_cpu_s=0.29 * 16).quiet
    assert not result(others_cpu_s=0.31 * 16).quiet


def test_medians_are_over_quiet_runs_alone() -> None:
    ours = result()
    noisy = replace(result(), round=2, other_cores=1.0, steady_events_per_s=1.0)
    hand = replace(ours, contender="hand", steady_events_per_s=2.2e6)
    rows = page([ours, noisy, hand]).splitlines()
    assert any(row.startswith("| ours | 1 of 1 | 1.100 | - |") for row in rows)
    assert any(row.startswith("| hand | 1 of 1 | 2.200 | 0.50 x (0.50) |") for row in rows)
