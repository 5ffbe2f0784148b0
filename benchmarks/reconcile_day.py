"""How long does a whole day take to be archived, recounted twice, compared and built?

The stream goes on meanwhile, under an even load: how much later its figures come is measured too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import running
from benchmarks.counted_day import counting_stream, new_deployment, observed
from benchmarks.day_maker import DayMaker
from benchmarks.errors import InexactError
from benchmarks.figures import median, shown, table
from benchmarks.filled_topic import fill_topic
from benchmarks.live import newest_shown
from benchmarks.live_result import Shown, percentiles
from benchmarks.machine import await_quiet
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from infra.steps import step

WARM_S, ALONE_S = 30.0, 20.0
LOOK_S = 0.05
LONGEST_S = 1_800
TARGET_S, TARGET_MIB = 90.0, 3 * 1024


@dataclass(frozen=True)
class ReconcileResult:
    """One day in one session. ``run_s`` is without the start of Spark's JVM; ages are in ms."""

    round: int
    events: int
    devices: int
    rate: int
    hours: int
    minute_rows: int
    run_s: float
    session_s: float
    core_s: float
    peak_rss_mib: float
    age_alone_ms: dict[str, float]
    age_meanwhile_ms: dict[str, float]


def reconcile_day(
    stack: BenchStack, maker: DayMaker, rate: int, rounds: int, quiet_wait_s: float
) -> Iterator[ReconcileResult]:
    """Each round with a database and an archive of its own.

    Raises:
        InexactError: an hour was not identical, or the books do not balance.
    """
    for number in range(1, rounds + 1):
        stack.drop_topic(maker.topic)  # the last round has added to it
        fill_topic(stack, maker)
        settings = new_deployment(stack, "reconcile", maker.topic)
        with step(f"{maker.events:,} events, {maker.devices:,} devices, round {number}") as said:
            await_quiet(quiet_wait_s)
            result = _one_round(settings, maker, rate, number)
            said.outcome = f"{result.run_s:.1f} s, {result.peak_rss_mib:,.0f} MiB"
        yield result
    stack.drop_topic(maker.topic)


def _one_round(settings: Settings, maker: DayMaker, rate: int, number: int) -> ReconcileResult:
    load = ("--rate", str(rate), "--seconds", str(LONGEST_S), "--devices", str(maker.devices))
    with (
        counting_stream(settings, maker),
        connected(settings, Role.READER) as connection,
        running(("benchmarks.paced_producer", *load), settings, _log(settings, "load")) as producer,
    ):
        time.sleep(WARM_S)
        alone, meanwhile = _Ages(connection, settings), _Ages(connection, settings)
        alone.watch(ALONE_S)
        told, used = observed(
            ("benchmarks.reconcile_once",), settings, _log(settings, "reconcile"), meanwhile.look
        )
        producer.end()
        rows = _minute_rows(connection)
    verdicts = told["verdicts"]
    if set(verdicts) != {"identical"} or not told["days"]:
        raise InexactError(f"The day is not reconciled: {told}")
    return ReconcileResult(
        round=number,
        events=maker.events,
        devices=maker.devices,
        rate=rate,
        hours=verdicts["identical"],
        minute_rows=rows,
        run_s=told["run_s"] - told["session_s"],
        session_s=told["session_s"],
        core_s=used.cpu_s,
        peak_rss_mib=used.peak_rss_mib,
        age_alone_ms=alone.percentiles(),
        age_meanwhile_ms=meanwhile.percentiles(),
    )


class _Ages:
    """How old the newest visible event is at every look."""

    def __init__(self, connection: Connection[Cursor], settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._looks: list[Shown] = []

    def look(self) -> None:
        if (found := newest_shown(self._connection, self._settings)) is not None:
            self._looks.append(found)
        time.sleep(LOOK_S)

    def watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()

    def percentiles(self) -> dict[str, float]:
        return percentiles([look.age_ms for look in self._looks])


def _log(settings: Settings, name: str) -> Path:
    return settings.home / "logs" / f"bench-{name}.log"


def _minute_rows(connection: Connection[Cursor]) -> int:
    rows = fetch_all(connection, "SELECT COUNT(*) AS n FROM clicks_by_minute")
    return int(rows[0]["n"])


def page(results: Sequence[ReconcileResult]) -> str:
    """The median, and every round below."""
    header = (
        *("round", "hours", "minute rows", "s", "Spark's start, s", "core-s", "peak memory, MiB"),
        *("age alone p50, ms", "p99", "age meanwhile p50, ms", "p99"),
    )
    rows = [
        [
            str(each.round),
            str(each.hours),
            f"{each.minute_rows:,}",
            shown(each.run_s, 1),
            shown(each.session_s, 1),
            shown(each.core_s, 1),
            shown(each.peak_rss_mib, 0),
            *(shown(each.age_alone_ms[name], 0) for name in ("p50", "p99")),
            *(shown(each.age_meanwhile_ms[name], 0) for name in ("p50", "p99")),
        ]
        for each in results
    ]
    run_s = median([each.run_s for each in results])
    return (
        "Archive, two counts (Spark, DuckDB), comparison, checks, hour and day tables: one run, one"
        " session, beside a stream that goes on under load. Every hour is identical, the audit is"
        f" clean. Goal: {TARGET_S:g} s, {TARGET_MIB:,} MiB; median {shown(run_s, 1)} s. Memory is"
        " that of the run's processes (Python with DuckDB, Spark's JVM), peaks added up.\n\n"
        f"{table(header, rows)}"
    )
