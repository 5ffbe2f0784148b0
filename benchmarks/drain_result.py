"""What a drain came to, and the page about all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.event_maker import EventMaker
from benchmarks.figures import median, shown, table
from benchmarks.machine import QUIET_CORES, Usage

WARM_SHARE = 1 / 12  # of the events: the steady part begins when so many are visible
BASE = "ours"


@dataclass(frozen=True)
class Sample:
    """One look. CPU times are counters; ``at_s`` is seconds since the contender was started."""

    at_s: float
    visible: int
    contender: Usage
    servers_cpu_s: dict[str, float]
    machine_cpu_s: float
    observer_cpu_s: float


@dataclass(frozen=True)
class DrainResult:
    """One run. "Steady" is from the first look at a 12th of the events or more to all of them."""

    contender: str
    devices: int
    events: int
    round: int
    steady_events_per_s: float | None  # None: all became visible at once
    steady_core_s_per_million: float | None
    whole_s: float
    whole_core_s_per_million: float
    first_visible_s: float
    peak_rss_mib: float
    mariadb_core_s_per_million: float
    kafka_core_s_per_million: float
    other_cores: float
    cores_before: float
    visible: list[tuple[float, int]]  # (seconds, events) at each change

    @property
    def quiet(self) -> bool:
        """Whether other programs left the machine to it."""
        return self.other_cores <= QUIET_CORES

    def in_words(self) -> str:
        """For the progress line."""
        rate = shown(self.steady_events_per_s and self.steady_events_per_s / 1e6)
        noise = "" if self.quiet else f", NOISY: {self.other_cores:.2f} cores taken by others"
        return f"exact, {rate} M/s steady, all after {self.whole_s:.1f} s{noise}"


def result_of(
    samples: Sequence[Sample], maker: EventMaker, contender: str, number: int, cores_before: float
) -> DrainResult:
    """From the looks at one run that came to its end."""
    start, end = samples[0], samples[-1]
    warm = next(each for each in samples if each.visible >= maker.events * WARM_SHARE)
    millions = maker.events / 1e6
    steady = (end.visible - warm.visible) / 1e6
    return DrainResult(
        contender=contender,
        devices=maker.devices,
        events=maker.events,
        round=number,
        steady_events_per_s=steady * 1e6 / (end.at_s - warm.at_s) if steady else None,
        steady_core_s_per_million=(
            (end.contender.cpu_s - warm.contender.cpu_s) / steady if steady else None
        ),
        whole_s=end.at_s,
        whole_core_s_per_million=end.contender.cpu_s / millions,
        first_visible_s=next(each.at_s for each in samples if each.visible),
        peak_rss_mib=max(each.contender.peak_rss_mib for each in samples),
        mariadb_core_s_per_million=_server(start, end, "mariadb") / millions,
        kafka_core_s_per_million=_server(start, end, "kafka") / millions,
        other_cores=_others(start, end),
        cores_before=cores_before,
        visible=_changes(samples),
    )


def _server(start: Sample, end: Sample, name: str) -> float:
    return end.servers_cpu_s[name] - start.servers_cpu_s[name]


def _others(start: Sample, end: Sample) -> float:
    """Cores taken by what is neither the contender, nor the servers, nor us who watch."""
    ours = end.contender.cpu_s - start.contender.cpu_s
    ours += sum(_server(start, end, name) for name in start.servers_cpu_s)
    ours += end.observer_cpu_s - start.observer_cpu_s
    all_s = end.machine_cpu_s - start.machine_cpu_s
    return max(all_s - ours, 0) / (end.at_s - start.at_s)


def _changes(samples: Sequence[Sample]) -> list[tuple[float, int]]:
    changes = [(round(samples[0].at_s, 3), samples[0].visible)]
    for sample in samples:
        if sample.visible != changes[-1][1]:
            changes.append((round(sample.at_s, 3), sample.visible))
    return changes


def page(results: Sequence[DrainResult]) -> str:
    """Medians, ratios and every run, a section for each number of devices."""
    sections = []
    for devices, group in groupby(results, key=lambda result: result.devices):
        runs = list(group)
        sections.append(f"## {devices:,} devices\n\n{_medians(runs)}\n{_all_runs(runs)}")
    return EXPLANATION + "\n" + "\n".join(sections)


EXPLANATION = f"""\
Every run counted exactly: each row of its table equals what the seeded events come to, and the
books balance where some are kept. Rates are from the first look at a 12th of the events or more
until all are visible; core-seconds are the contender's processes alone. Medians are over the quiet
runs (other programs took at most {QUIET_CORES} cores); over all runs where none was quiet. The
ratio is of the medians, in brackets that of each round. `ours_again` is `ours`: its ratio is the
noise. `hand` trusts its input and cannot be restarted; `hand_ledger` has the product's guarantees:
between them lies what those cost, between `hand_ledger` and `ours` what Spark costs.
"""


def _medians(runs: Sequence[DrainResult]) -> str:
    names = sorted({run.contender for run in runs}, key=lambda name: (name != BASE, name))
    rows = []
    for name in names:
        own = _counted([run for run in runs if run.contender == name])
        rows.append(
            [
                name,
                f"{sum(run.quiet for run in own)} of {len(own)}",
                shown(_rate(own), 3),
                _ratio(runs, name),
                shown(_steady_core_s(own)),
                shown(median([run.whole_core_s_per_million for run in own])),
                shown(median([run.mariadb_core_s_per_million for run in own])),
                shown(median([run.kafka_core_s_per_million for run in own])),
                shown(median([run.whole_s for run in own]), 1),
                shown(max(run.peak_rss_mib for run in own), 0),
            ]
        )
    header = (
        *("contender", "quiet runs", "M events/s steady", f"{BASE} is so many times as fast"),
        *("core-s/M steady", "core-s/M whole run", "MariaDB core-s/M", "Kafka core-s/M"),
        *("whole run, s", "peak memory, MiB"),
    )
    return table(header, rows)


def _counted(runs: Sequence[DrainResult]) -> Sequence[DrainResult]:
    return [run for run in runs if run.quiet] or runs


def _rate(runs: Sequence[DrainResult]) -> float | None:
    return median([run.steady_events_per_s / 1e6 for run in runs if run.steady_events_per_s])


def _steady_core_s(runs: Sequence[DrainResult]) -> float | None:
    return median([each for run in runs if (each := run.steady_core_s_per_million) is not None])


def _ratio(runs: Sequence[DrainResult], name: str) -> str:
    rate = {
        which: _rate(_counted([run for run in runs if run.contender == which]))
        for which in (BASE, name)
    }
    base, other = rate[BASE], rate[name]
    if name == BASE or base is None or other is None:
        return "-"
    each = {(run.contender, run.round): run.steady_events_per_s for run in runs}
    rounds = sorted({run.round for run in runs})
    pairs = [(each.get((BASE, number)), each.get((name, number))) for number in rounds]
    ratios = " ".join(f"{ours / its:.2f}" for ours, its in pairs if ours and its)
    return f"{base / other:.2f} x ({ratios})"


def _all_runs(runs: Sequence[DrainResult]) -> str:
    header = ("round", "contender", "M events/s", "core-s/M", "first visible, s", "whole run, s")
    rows = [
        [
            str(run.round),
            run.contender,
            shown(run.steady_events_per_s and run.steady_events_per_s / 1e6, 3),
            shown(run.steady_core_s_per_million),
            shown(run.first_visible_s, 1),
            shown(run.whole_s, 1),
            shown(run.other_cores),
        ]
        for run in runs
    ]
    return table((*header, "other cores"), rows)
