"""How fast is an archive counted again: Spark cold and warm, and DuckDB on the same files?"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.bench_stack import BenchStack
from benchmarks.counted_day import counting_stream, new_deployment, observed
from benchmarks.day_maker import DayMaker
from benchmarks.errors import InexactError
from benchmarks.figures import median, shown, table
from benchmarks.filled_topic import fill_topic
from benchmarks.machine import await_quiet
from benchmarks.recount_once import DUCKDB, PREPARE, SPARK
from clickledger.settings import Settings
from infra.steps import step

TIMES = 3  # in one process: the first is cold, the last is warm


@dataclass(frozen=True)
class RecountResult:
    """One count of all hours. ``time`` is its number within its process, from 1."""

    by: str
    round: int
    time: int
    events: int
    rows: int
    wall_s: float
    core_s: float
    session_s: float  # until Spark was up
    peak_rss_mib: float  # of the whole process tree


def recount(
    stack: BenchStack, maker: DayMaker, rounds: int, seed: int, quiet_wait_s: float
) -> Iterator[RecountResult]:
    """Both in shuffled order, over one archive.

    Raises:
        InexactError: one of them counts something else.
    """
    fill_topic(stack, maker)
    settings = new_deployment(stack, "recount", maker.topic)
    with step(f"Archive of {maker.events:,} events"), counting_stream(settings, maker):
        log = settings.home / "logs" / "bench-archive.log"
        observed(("benchmarks.reconcile_once",), settings, log)
        observed(_once(settings, PREPARE), settings, log)
    order = random.Random(seed)
    digests: set[str] = set()
    for number in range(1, rounds + 1):
        for by in order.sample((SPARK, DUCKDB), 2):
            with step(f"Round {number}: {by}") as said:
                await_quiet(quiet_wait_s)
                told = list(_one_process(settings, maker, by, number))
                digests.update(digest for _, digest in told)
                said.outcome = ", ".join(f"{each.wall_s:.1f} s" for each, _ in told)
            if len(digests) > 1:
                raise InexactError(f"{by} counts otherwise than what went before.")
            yield from (each for each, _ in told)


def _once(settings: Settings, what: str) -> tuple[str, ...]:
    file = settings.home / "archives" / "recount.parts"
    return ("benchmarks.recount_once", what, str(file), "--times", str(TIMES))


def _one_process(
    settings: Settings, maker: DayMaker, by: str, number: int
) -> Iterator[tuple[RecountResult, str]]:
    argv = _once(settings, by)
    told, used = observed(argv, settings, settings.home / "logs" / f"bench-recount-{by}.log")
    for time, each in enumerate(told["times"], start=1):
        yield (
            RecountResult(
                by=by,
                round=number,
                time=time,
                events=maker.events,
                rows=each["rows"],
                wall_s=each["wall_s"],
                core_s=each["core_s"],
                session_s=told["session_s"],
                peak_rss_mib=used.peak_rss_mib,
            ),
            each["digest"],
        )


def page(results: Sequence[RecountResult]) -> str:
    """Medians over the rounds."""
    header = ("counted by", "s", "core-s", "core-s per M events", "Spark's start, s", "peak, MiB")
    rows = []
    for by, time in dict.fromkeys((each.by, each.time) for each in results):
        own = [each for each in results if (each.by, each.time) == (by, time)]
        core_s = median([each.core_s for each in own]) or 0
        rows.append(
            [
                f"{by}, {'cold' if time == 1 else f'time {time}'}",
                shown(median([each.wall_s for each in own])),
                shown(core_s),
                shown(core_s / own[0].events * 1e6),
                shown(median([each.session_s for each in own])) if by == SPARK else "-",
                shown(median([each.peak_rss_mib for each in own]), 0),
            ]
        )
    return (
        f"All {results[0].rows:,} minute rows of all hours from the same Parquet files; {TIMES}"
        " times in one process. Both count the same, to the row. Memory: the process's peak, Python"
        f" and JVM added up.\n\n{table(header, rows)}"
    )
