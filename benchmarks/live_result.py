"""What a live run came to, and the table of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.figures import median, percentile, shown, table
from benchmarks.machine import QUIET_CORES, Usage

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True)
class Load:
    """An even load on a driver with one trigger interval."""

    trigger_interval_ms: int
    rate: int
    devices: int
    warm_s: float
    seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One look at the tables: when (epoch ms), and the time of the newest event in them."""

    looked_ms: float
    newest_ms: int

    @property
    def age_ms(self) -> float:
        """How old the newest visible event is."""
        return self.looked_ms - self.newest_ms


@dataclass(frozen=True)
class Look:
    """Counters of CPU time at one moment."""

    at_s: float
    driver: Usage
    servers_cpu_s: dict[str, float]
    producer_cpu_s: float
    machine_cpu_s: float
    observer_cpu_s: float


@dataclass(frozen=True)
class LiveResult:
    """Ages in ms: of the newest event at the first look that shows it, and at every look."""

    load: Load
    round: int
    shown_age_ms: dict[str, float]
    any_age_ms: dict[str, float]
    updates_per_s: float
    batches: int
    driver_cores: float
    mariadb_cores: float
    kafka_cores: float
    producer_cores: float
    other_cores: float
    peak_rss_mib: float
    sent: int
    latest_slice_ms: float  # how late the producer was at its worst
    shown_ages_ms: list[int]

    def in_words(self) -> str:
        """For the progress line."""
        ages = ", ".join(f"{name} {self.shown_age_ms[name]:.0f} ms" for name in ("p50", "p99"))
        noise = "" if self.quiet else f", NOISY: {self.other_cores:.2f} cores taken by others"
        return f"exact, {ages}, {self.driver_cores:.2f} cores{noise}"

    @property
    def quiet(self) -> bool:
        """Whether other programs left the machine to it."""
        return self.other_cores <= QUIET_CORES


def live_result(
    load: Load,
    number: int,
    looks: Sequence[Shown],
    between: tuple[Look, Look],
    sent: dict[str, float],
    batches: int,
) -> LiveResult:
    """From all looks at the tables and the counters before and after them."""
    before, after = between
    seconds = after.at_s - before.at_s
    new = [look for last, look in pairwise(looks) if look.newest_ms > last.newest_ms]
    driver = (after.driver.cpu_s - before.driver.cpu_s) / seconds
    servers = {
        name: (cpu_s - before.servers_cpu_s[name]) / seconds
        for name, cpu_s in after.servers_cpu_s.items()
    }
    observer = (after.observer_cpu_s - before.observer_cpu_s) / seconds
    producer = (after.producer_cpu_s - before.producer_cpu_s) / seconds
    known = driver + producer + observer + sum(servers.values())
    machine = (after.machine_cpu_s - before.machine_cpu_s) / seconds
    return LiveResult(
        load=load,
        round=number,
        shown_age_ms=percentiles([look.age_ms for look in new]),
        any_age_ms=percentiles([look.age_ms for look in looks]),
        updates_per_s=len(new) / seconds,
        batches=batches,
        driver_cores=driver,
        mariadb_cores=servers["mariadb"],
        kafka_cores=servers["kafka"],
        producer_cores=producer,
        other_cores=max(machine - known, 0),
        peak_rss_mib=after.driver.peak_rss_mib,
        sent=int(sent["sent"]),
        latest_slice_ms=sent["latest_slice_ms"],
        shown_ages_ms=[round(look.age_ms) for look in new],
    )


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """By their names: the shares of ``SHARES``."""
    return {name: percentile(values, share) for name, share in SHARES.items()}


EXPLANATION = f"""\
Age when shown: how old the newest event was at the first look that showed it (a look every 10 ms).
Age at any moment: how old the newest visible event was at every look, which also counts the time
until the next batch. Cores are the driver's processes; more than {QUIET_CORES} other cores mean
that the machine was not quiet. All events sent were counted once, and the audit is clean. Medians
over the rounds.
"""


def page(results: Sequence[LiveResult]) -> str:
    """A row for each trigger interval, and every run below."""
    intervals = sorted({result.load.trigger_interval_ms for result in results})
    rows = [
        _row(
            [str(interval)],
            [result for result in results if result.load.trigger_interval_ms == interval],
        )
        for interval in intervals
    ]
    every = [
        _row([str(each.load.trigger_interval_ms), str(each.round)], [each]) for each in results
    ]
    return (
        f"{EXPLANATION}\n{table(('trigger, ms', *HEADER), rows)}\n## Every run\n\n"
        f"{table(('trigger, ms', 'round', *HEADER), every)}"
    )


HEADER = (
    *("shown p50, ms", "shown p95", "shown p99", "any p50, ms", "any p99", "updates/s"),
    *("driver cores", "MariaDB cores", "Kafka cores", "other cores", "peak memory, MiB"),
)


def _row(names: list[str], results: Sequence[LiveResult]) -> list[str]:
    ages = [
        *([result.shown_age_ms[name] for result in results] for name in ("p50", "p95", "p99")),
        *([result.any_age_ms[name] for result in results] for name in ("p50", "p99")),
    ]
    cores = [
        [result.driver_cores for result in results],
        [result.mariadb_cores for result in results],
        [result.kafka_cores for result in results],
        [result.other_cores for result in results],
    ]
    return [
        *names,
        *(shown(median(each), 0) for each in ages),
        shown(median([result.updates_per_s for result in results]), 1),
        *(shown(median(each)) for each in cores),
        shown(median([result.peak_rss_mib for result in results]), 0),
    ]
