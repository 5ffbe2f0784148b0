"""How long from the driver's process start to its first commit?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import RunningProcess, running
from benchmarks.errors import InexactError
from benchmarks.event_maker import EventMaker
from benchmarks.figures import median, shown, table
from benchmarks.filled_topic import fill_topic
from benchmarks.machine import await_quiet
from clickledger.mysql.connection import connected, fetch_one
from clickledger.settings import Role, Settings
from infra.steps import step

EVENTS = 10_000
POLL_S = 0.02
TIMEOUT_S = 180
TARGET_S = 12.0


@dataclass(frozen=True)
class StartResult:
    """One start. Round 0 warms the disk caches and is not counted."""

    archive: bool
    round: int
    first_commit_s: float


def start(stack: BenchStack, rounds: int, seed: int, quiet_wait_s: float) -> Iterator[StartResult]:
    """With and without the class archive in turn."""
    maker = EventMaker(EVENTS, 1_000, seed)
    fill_topic(stack, maker)
    for number in range(rounds + 1):
        for archive in (True, False):
            settings = stack.fresh_deployment("start", maker.topic)
            if not archive:
                settings = stack.without_archive(settings)
            name = "with the class archive" if archive else "without it"
            with step(f"Start {name}, round {number}") as said:
                await_quiet(quiet_wait_s)
                seconds = _first_commit_s(settings)
                said.outcome = f"first commit after {seconds:.1f} s"
            yield StartResult(archive, number, seconds)


def _first_commit_s(settings: Settings) -> float:
    log = settings.home / "logs" / "bench-start.log"
    with connected(settings, Role.READER) as connection:
        began = time.monotonic()
        with running(("streaming",), settings, log) as driver:
            _await_commit(connection, driver, began + TIMEOUT_S)
            seconds = time.monotonic() - began
            driver.end()
        row = fetch_one(connection, "SELECT SUM(events) AS n FROM clicks_by_minute")
        if row is None or row["n"] != EVENTS:
            raise InexactError(f"{row and row['n']} of {EVENTS} events were counted.")
    return seconds


def _await_commit(connection: Connection[Cursor], driver: RunningProcess, deadline: float) -> None:
    while fetch_one(connection, "SELECT 1 FROM stream_batches LIMIT 1") is None:
        if driver.ended or time.monotonic() > deadline:
            raise driver.complain("The driver committed nothing")
        time.sleep(POLL_S)


def page(results: Sequence[StartResult]) -> str:
    """Medians with and without."""
    rows = []
    for archive in (True, False):
        own = [each for each in results if each.archive is archive and each.round]
        seconds = [each.first_commit_s for each in own]
        every = " ".join(f"{each:.1f}" for each in seconds)
        within = "yes" if max(seconds) <= TARGET_S else "NO"
        rows.append(["yes" if archive else "no", shown(median(seconds), 1), every, within])
    header = ("class archive", "median, s", "each, s", f"within {TARGET_S:g} s")
    return (
        "From starting `python -m streaming` on an empty database to the first row of its ledger"
        f" that a reader sees; {EVENTS:,} events wait in the topic. One start of each kind before,"
        f" not counted.\n\n{table(header, rows)}"
    )
