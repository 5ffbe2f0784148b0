"""Does memory stay flat while every second record is rejected?

The same good events twice: alone, and with a malformed record behind each. Small batches, so that
there are many. Peaks of resident memory can only grow: what they gain after the first quarter, when
code and buffers are there, is what piles up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import CONTENDERS
from benchmarks.drain import check_exact, watched
from benchmarks.event_maker import EventMaker, SpoiledEventMaker
from benchmarks.figures import shown, table
from benchmarks.filled_topic import fill_topic
from benchmarks.machine import await_quiet
from infra.steps import step

OURS = next(each for each in CONTENDERS if each.name == "ours")
DEVICES = 1_000
BATCH = 200_000  # offsets


@dataclass(frozen=True)
class GarbageResult:
    """One run. Peaks of the driver's processes, added up."""

    records: int
    rejected: int
    round: int
    quarter_mib: float  # when a quarter of the events was visible
    end_mib: float
    whole_s: float


def garbage(
    stack: BenchStack, events: int, rounds: int, seed: int, quiet_wait_s: float
) -> Iterator[GarbageResult]:
    """Without garbage and with it, in turn."""
    makers = (EventMaker(events, DEVICES, seed), SpoiledEventMaker(events, DEVICES, seed))
    for maker in makers:
        fill_topic(stack, maker)
    truth = makers[0].truth()
    for number in range(1, rounds + 1):
        for maker in makers:
            settings = stack.fresh_deployment(
                "garbage", maker.topic, reject_limit_share=1.0, max_offsets_per_trigger=BATCH
            )
            with step(f"{maker.records:,} records, {maker.events:,} good, round {number}") as said:
                await_quiet(quiet_wait_s)
                samples = watched(settings, stack.server_pids(), OURS, events)
                check_exact(settings, truth, OURS)
                quarter = next(each for each in samples if each.visible >= events / 4)
                end = samples[-1]
                result = GarbageResult(
                    records=maker.records,
                    rejected=maker.records - maker.events,
                    round=number,
                    quarter_mib=quarter.contender.peak_rss_mib,
                    end_mib=end.contender.peak_rss_mib,
                    whole_s=end.at_s,
                )
                said.outcome = f"{result.quarter_mib:,.0f} MiB, then {result.end_mib:,.0f} MiB"
            yield result


def page(results: Sequence[GarbageResult]) -> str:
    """Every run."""
    header = ("records", "rejected", "round", "peak at a quarter, MiB", "at the end, MiB", "gain")
    rows = [
        [
            f"{each.records:,}",
            f"{each.rejected:,}",
            str(each.round),
            shown(each.quarter_mib, 0),
            shown(each.end_mib, 0),
            f"{each.end_mib / each.quarter_mib:.2f} x",
        ]
        for each in results
    ]
    return (
        f"Batches of {BATCH:,} offsets. Every run counted exactly, its books balance.\n\n"
        f"{table(header, rows)}"
    )
