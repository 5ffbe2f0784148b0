"""How old is the newest event when it becomes visible, at an even load?"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import RunningProcess, running
from benchmarks.errors import InexactError
from benchmarks.live_result import LiveResult, Load, Look, Shown, live_result
from benchmarks.machine import await_quiet, busy_s, own_cpu_s, usage_of_tree
from clickledger.kafka.topics import ensure_topic
from clickledger.ledger.audit import run_audit
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.settings import Role, Settings
from infra.steps import step

POLL_S = 0.01
START_TIMEOUT_S = 120
TAIL_S = 60
SEND_BEYOND_S = 1  # the load goes on a little longer than is measured
# Both ends of the primary key (topic, kafka_partition, start_offset) are given: one row is read.
NEWEST = """(SELECT event_time_max_ms FROM stream_batches
WHERE topic = %s AND kafka_partition = %s ORDER BY start_offset DESC LIMIT 1)"""


def live(stack: BenchStack, load: Load, number: int, quiet_wait_s: float) -> LiveResult:
    """One driver under one load.

    Raises:
        InexactError: not all that was sent was counted.
    """
    topic = f"bench-live-{time.time_ns()}"
    settings = stack.fresh_deployment("live", topic, trigger_interval_ms=load.trigger_interval_ms)
    title = f"trigger {load.trigger_interval_ms} ms, {load.rate:,} events/s, round {number}"
    with step(title) as said:
        said.progress("waiting for a quiet machine")
        await_quiet(quiet_wait_s)
        ensure_topic(settings)
        try:
            result = _under_load(stack, settings, load, number)
        finally:
            stack.drop_topic(topic)
        said.outcome = result.in_words()
    return result


def _under_load(stack: BenchStack, settings: Settings, load: Load, number: int) -> LiveResult:
    log = settings.home / "logs" / "bench-live.log"
    with (
        connected(settings, Role.READER) as connection,
        running(("streaming",), settings, log) as driver,
    ):
        await_started(connection, driver)
        with running(_producer(load), settings, _producer_log(settings)) as producer:
            time.sleep(load.warm_s)
            before = _look(stack, driver, producer)
            shown = list(_watched(connection, settings, load.seconds))
            after = _look(stack, driver, producer)
            sent = _await_sent(producer)
        _await_counted(connection, driver, int(sent["sent"]))
        driver.end()
        batches = _check(connection, int(sent["sent"]))
    return live_result(load, number, shown, (before, after), sent, batches)


def _producer(load: Load) -> tuple[str, ...]:
    seconds = load.warm_s + load.seconds + SEND_BEYOND_S
    arguments = {"rate": load.rate, "seconds": seconds, "devices": load.devices, "seed": load.seed}
    flags = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
    return ("benchmarks.paced_producer", *flags)


def _producer_log(settings: Settings) -> Path:
    return settings.home / "logs" / "bench-producer.log"


def await_started(connection: Connection[Cursor], driver: RunningProcess) -> None:
    """Until the driver has taken the stream over."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while _state(connection) != "running":
        if driver.ended or time.monotonic() > deadline:
            raise driver.complain("The driver did not start")
        time.sleep(0.1)


def _state(connection: Connection[Cursor]) -> str | None:
    row = fetch_one(connection, "SELECT state FROM stream_state WHERE id = 1")
    return row["state"] if row else None


def newest_event_ms(connection: Connection[Cursor], settings: Settings) -> int | None:
    """The time of the newest event that is visible, epoch ms."""
    partitions = range(settings.topic_partitions)
    text = " UNION ALL ".join([NEWEST] * len(partitions))
    names = [word for partition in partitions for word in (settings.topic, partition)]
    rows = fetch_all(connection, text, names)
    times = [row["event_time_max_ms"] for row in rows if row["event_time_max_ms"] is not None]
    return max(times, default=None)


def newest_shown(connection: Connection[Cursor], settings: Settings) -> Shown | None:
    """A look at the newest visible event; ``None`` while there is none."""
    newest_ms = newest_event_ms(connection, settings)
    return Shown(time.time() * 1000, newest_ms) if newest_ms is not None else None


def _watched(connection: Connection[Cursor], settings: Settings, seconds: float) -> Iterator[Shown]:
    """The newest event at each look."""
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        if (found := newest_shown(connection, settings)) is not None:
            yield found
        time.sleep(max(POLL_S - (time.monotonic() - began), 0))


def _look(stack: BenchStack, driver: RunningProcess, producer: RunningProcess) -> Look:
    servers = {name: usage_of_tree(pid).cpu_s for name, pid in stack.server_pids().items()}
    sending_s = usage_of_tree(producer.pid).cpu_s
    usage = usage_of_tree(driver.pid)
    return Look(time.monotonic(), usage, servers, sending_s, busy_s(), own_cpu_s())


def _await_sent(producer: RunningProcess) -> dict[str, float]:
    if producer.process.wait(TAIL_S) != 0:
        raise producer.complain("The load did not run to its end")
    sent: dict[str, float] = json.loads(producer.log.read_text())
    return sent


def _await_counted(connection: Connection[Cursor], driver: RunningProcess, sent: int) -> None:
    deadline = time.monotonic() + TAIL_S
    while (counted := events_counted(connection)) < sent:
        if driver.ended or time.monotonic() > deadline:
            raise driver.complain(f"The driver counted {counted:,} of {sent:,} events")
        time.sleep(0.1)


def events_counted(connection: Connection[Cursor]) -> int:
    row = fetch_one(connection, "SELECT COALESCE(SUM(events), 0) AS n FROM type_clicks_by_minute")
    return int(row["n"]) if row else 0


def _check(connection: Connection[Cursor], sent: int) -> int:
    """That all was counted once; returns the number of micro-batches."""
    counted, audit = events_counted(connection), run_audit(connection)
    if counted != sent or not audit.ok:
        raise InexactError(f"{counted:,} of {sent:,} events; the audit says {audit.as_dict()}.")
    row = fetch_one(
        connection, "SELECT COUNT(DISTINCT generation, batch_id) AS n FROM stream_batches"
    )
    return int(row["n"]) if row else 0
