"""A generated day that the product has counted: what the batch layer is measured on."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import RunningProcess, running
from benchmarks.day_maker import DayMaker
from benchmarks.errors import InexactError
from benchmarks.live import await_started
from benchmarks.machine import Usage, usage_of_tree
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.audit import run_audit
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings
from clickledger.waiting import wait_for

POLL_S = 0.2
SLOWEST_RATE = 20_000  # events/s; bounds how long a day may take
START_S = 120


def new_deployment(stack: BenchStack, name: str, topic: str) -> Settings:
    """A fresh deployment with an empty archive of its own."""
    archive = stack.settings.home / "archives" / name
    shutil.rmtree(archive, ignore_errors=True)
    return stack.fresh_deployment(name, topic, archive_url=str(archive))


@contextmanager
def counting_stream(settings: Settings, maker: DayMaker) -> Iterator[RunningProcess]:
    """A driver that has counted the whole topic, and goes on; its books balance at the end.

    Raises:
        InexactError: they do not.
    """
    log = settings.home / "logs" / f"{settings.mysql_database}.log"
    with (
        connected(settings, Role.READER) as connection,
        running(("streaming",), settings, log) as driver,
    ):
        await_started(connection, driver)
        await_applied(settings, driver, START_S + maker.records / SLOWEST_RATE)
        yield driver
        await_applied(settings, driver, START_S)
        driver.end()
        audit = run_audit(connection)
    if not audit.ok:
        raise InexactError(f"The books do not balance: {audit.as_dict()}")


def await_applied(settings: Settings, driver: RunningProcess, timeout_s: float) -> None:
    """Until the ledger stands where the topic ends now."""
    with TopicLog(settings) as log, connected(settings, Role.READER) as connection:
        ends = log.stable_ends(log.describe().partitions)

        def caught_up_or_ended() -> bool:
            return driver.ended or next_offsets(read_positions(connection, settings.topic)) == ends

        in_time = wait_for(caught_up_or_ended, within_s=timeout_s, every_s=POLL_S)
        if driver.ended or not in_time:
            raise driver.complain(f"The driver did not count up to {ends}")


def observed(
    argv: tuple[str, ...],
    settings: Settings,
    log: Path,
    meanwhile: Callable[[], object] = lambda: time.sleep(POLL_S),
) -> tuple[dict[str, Any], Usage]:
    """Run ``python -m argv``; the JSON document that it printed last, and what it used.

    Memory is the largest sum of what its processes had each taken at most by then.
    """
    used = Usage(0, 0)
    with running(argv, settings, log) as process:
        while not process.ended:
            now = usage_of_tree(process.pid)
            used = Usage(max(used.cpu_s, now.cpu_s), max(used.peak_rss_mib, now.peak_rss_mib))
            meanwhile()
        process.await_end()
    document: dict[str, Any] = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    return document, used
