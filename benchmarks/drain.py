"""How fast is a backlog counted into MySQL? All contenders in one run, in shuffled order."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import Contender, RunningProcess, running
from benchmarks.drain_result import DrainResult, Sample, result_of
from benchmarks.errors import InexactError
from benchmarks.event_maker import EventMaker, Truth
from benchmarks.filled_topic import fill_topic
from benchmarks.machine import await_quiet, busy_s, own_cpu_s, usage_of_tree
from clickledger.ledger.audit import run_audit
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.settings import Role, Settings
from infra.steps import step

POLL_S = 0.1
POLL_SHARE = 20  # looking at the table may cost a 20th of the time: the observer weighs little
USAGE_EVERY_S = 1.0
SLOWEST_RATE = 50_000  # events/s; with START_S it bounds a run
START_S = 120


@dataclass(frozen=True)
class DrainPlan:
    """What is asked for."""

    contenders: Sequence[Contender]
    events: int
    devices: Sequence[int]
    rounds: int
    seed: int
    quiet_wait_s: float


def drain(stack: BenchStack, plan: DrainPlan) -> Iterator[DrainResult]:
    """Every round of every contender.

    Raises:
        InexactError: one of them counted wrongly; then nothing counts.
    """
    order = random.Random(plan.seed)
    for devices in plan.devices:
        maker = EventMaker(plan.events, devices, plan.seed)
        fill_topic(stack, maker)
        truth = maker.truth()
        for number in range(1, plan.rounds + 1):
            for contender in order.sample(plan.contenders, len(plan.contenders)):
                yield _one_run(stack, maker, truth, contender, number, plan)


def _one_run(
    stack: BenchStack,
    maker: EventMaker,
    truth: Truth,
    contender: Contender,
    number: int,
    plan: DrainPlan,
) -> DrainResult:
    settings = stack.fresh_deployment("drain", maker.topic)
    with step(f"{maker.devices:,} devices, round {number}: {contender.name}") as said:
        said.progress("waiting for a quiet machine")
        cores_before = await_quiet(plan.quiet_wait_s)
        samples = watched(settings, stack.server_pids(), contender, maker.events)
        check_exact(settings, truth, contender)
        result = result_of(samples, maker, contender.name, number, cores_before)
        said.outcome = result.in_words()
    return result


def watched(
    settings: Settings, server_pids: dict[str, int], contender: Contender, events: int
) -> list[Sample]:
    """The looks at one run, from its start until all ``events`` are visible."""
    log = settings.home / "logs" / f"bench-{contender.name}.log"
    with (
        connected(settings, Role.READER) as connection,
        running(contender.argv, settings, log) as process,
    ):
        samples = list(_samples(connection, server_pids, process, events))
        if contender.is_product:
            process.end()
        else:
            process.await_end()
    return samples


def _samples(
    connection: Connection[Cursor], server_pids: dict[str, int], process: RunningProcess, goal: int
) -> Iterator[Sample]:
    began = time.monotonic()
    visible, sampled = -1, began
    while visible < goal:
        ended = process.ended
        asked = time.monotonic()
        now_visible = _visible(connection)
        answered = time.monotonic()
        if now_visible != visible or answered - sampled > USAGE_EVERY_S:
            visible, sampled = now_visible, answered
            servers = {name: usage_of_tree(pid).cpu_s for name, pid in server_pids.items()}
            usage = usage_of_tree(process.pid)
            yield Sample(answered - began, visible, usage, servers, busy_s(), own_cpu_s())
        if visible < goal and (ended or answered - began > START_S + goal / SLOWEST_RATE):
            raise process.complain(f"It counted {visible:,} of {goal:,} events")
        time.sleep(max(POLL_S, POLL_SHARE * (answered - asked)))


def _visible(connection: Connection[Cursor]) -> int:
    row = fetch_one(connection, "SELECT COALESCE(SUM(events), 0) AS n FROM clicks_by_minute")
    return int(row["n"]) if row else 0


def check_exact(settings: Settings, truth: Truth, contender: Contender) -> None:
    """Every row equal to what the events come to; and books that balance, where there are any."""
    with connected(settings, Role.READER) as connection:
        rows = fetch_all(connection, "SELECT * FROM clicks_by_minute")
        audit = run_audit(connection) if contender.keeps_books else None
    found = {
        (row["minute"], row["device_type"], row["device_id"]): (row["clicks"], row["events"])
        for row in rows
    }
    if found != truth:
        wrong = [key for key in found.keys() | truth.keys() if found.get(key) != truth.get(key)]
        raise InexactError(
            f"{contender.name} is wrong in {len(wrong):,} of {len(truth):,} rows, such as"
            f" {wrong[0]}: {found.get(wrong[0])}, not {truth.get(wrong[0])}."
        )
    if audit is not None and not audit.ok:
        raise InexactError(f"The books of {contender.name} do not balance: {audit.as_dict()}")


def raw(results: Sequence[DrainResult]) -> list[dict[str, object]]:
    """For JSON."""
    return [asdict(result) for result in results]
