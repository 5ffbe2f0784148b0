"""How long is the stream away when it is restarted, deployed, drained, killed or frozen?"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from benchmarks.bench_stack import BenchStack, process_environment
from benchmarks.errors import ContenderError
from benchmarks.operated_stream import OperatedStream, operated_stream, succeeded
from benchmarks.restart_result import RestartResult, stages, totals
from clickledger.clock import to_epoch_ms
from clickledger.settings import CHECKOUT
from infra.airflow.client import FINAL, AirflowClient
from infra.steps import step
from lifecycle.operations import Outcome, find_operation
from lifecycle.slots import SlotRow, other_slot

WATCH_EVERY_S = 60.0  # as the schedule of the DAG `stream_watch`
WATCH = ("stream", "watch", "--for", "50s", "--every", "10s", "--json")
MOST_RUNS = 4
POLL_S = 0.05
Measured = tuple[dict[str, float], dict[str, float]]
Act = Callable[[OperatedStream, float], Measured]


@dataclass(frozen=True)
class RestartPlan:
    """What is asked for."""

    kinds: Sequence[str]
    rounds: int
    rate: int
    devices: int
    seed: int


def restarts(stack: BenchStack, plan: RestartPlan) -> Iterator[RestartResult]:
    """Every kind, ``rounds`` times, in shuffled order; the idle ones last.

    Raises:
        InexactError: not all that was sent was counted once; then nothing counts.
    """
    order = random.Random(plan.seed)
    loaded = [kind for kind in plan.kinds if kind in LOADED]
    with ExitStack() as opened:
        topic = f"bench-restarts-{time.time_ns()}"
        stream = opened.enter_context(operated_stream(stack, topic))
        acts = dict(KINDS)
        if "airflow" in plan.kinds:
            client = opened.enter_context(stack.airflow(stream.settings))
            acts["airflow"] = partial(_by_airflow, client)
        if loaded:
            with stream.load(plan.rate, plan.devices, plan.seed):
                for number in range(1, plan.rounds + 1):
                    for kind in order.sample(loaded, len(loaded)):
                        stream.settle()
                        yield _one(stream, acts, kind, number, plan.rounds)
                stream.settle()
        if "idle_drain" in plan.kinds:
            for number in range(1, plan.rounds + 1):
                yield _one(stream, acts, "idle_drain", number, plan.rounds)


def _one(
    stream: OperatedStream, acts: dict[str, Act], kind: str, number: int, rounds: int
) -> RestartResult:
    with step(f"{kind}, {number} of {rounds}") as said:
        stream.forget_troubles()
        stage_times, total_times = acts[kind](stream, (number - 0.5) / rounds)
        result = RestartResult(kind, number, stage_times, total_times)
        said.outcome = result.in_words()
    return result


def _restart(stream: OperatedStream, share: float) -> Measured:
    return _replaced(stream, lambda: succeeded(stream.verbs.restart(stream.ask())))


def _deploy(stream: OperatedStream, share: float) -> Measured:
    current = stream.writer().release_name
    other = next(each for each in stream.releases if each != current)
    return _replaced(stream, lambda: stream.deploy(other))


def _replaced(stream: OperatedStream, act: Callable[[], Outcome]) -> Measured:
    asked_ms = _now_ms()
    act()
    proven_ms = _now_ms()
    new = stream.writer()
    old = stream.slots()[other_slot(new.slot)]
    drained_ms, wanted_ms = _ms(old.drained_at), _ms(new.wanted_at)
    before_ms, first_ms = stream.around_takeover(new.epoch or 0)
    return (
        stages(
            {
                "asked": asked_ms,
                "the new process runs": _ms(new.started_at),
                "Spark is up": _ms(new.spark_at),
                "counted again, warm, follows the writer": _ms(new.warm_at),
                "the old one is asked to drain": wanted_ms,
                "the old one has drained": drained_ms,
                "the new one has the epoch": _ms(new.writing_at),
                "first commit": first_ms,
                "proven": proven_ms,
            }
        ),
        totals(
            drain=_between(wanted_ms, drained_ms),
            gap=_between(before_ms, first_ms),
            committing=_between(asked_ms, first_ms),
            proven=proven_ms - asked_ms,
        ),
    )


def _by_airflow(client: AirflowClient, stream: OperatedStream, share: float) -> Measured:
    """Airflow's share: until it calls the command, and from that one's end to the run's."""
    dag = "stream_restart"
    asked_ms = _now_ms()
    run = client.trigger(dag, {"action": "restart", "reason": "a benchmark"})
    while client.run_state(dag, run) not in FINAL:
        time.sleep(POLL_S)
    operation = find_operation(stream.connection, f"{dag}/{run}"[:64])
    task = client.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/operate")
    if operation is None or operation.state != "done":
        raise ContenderError(f"{dag} did not restart it: {client.tasks(dag, run)}")
    began_ms, ended_ms = _ms(operation.started_at), _ms(operation.ended_at)
    called_ms, returned_ms = _command_ms(client, dag, run)
    run_ended_ms = _iso_ms(client.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["end_date"])
    before_ms, first_ms = stream.around_takeover(stream.writer().epoch or 0)
    return (
        stages(
            {
                "asked": asked_ms,
                "the task starts": _iso_ms(task["start_date"]),
                "the command is called": called_ms,
                "the verb begins": began_ms,
                "the verb ends": ended_ms,
                "the command has ended": returned_ms,
                "the task ends": _iso_ms(task["end_date"]),
                "the run ends": run_ended_ms,
            }
        ),
        totals(
            airflow=called_ms - asked_ms + run_ended_ms - returned_ms,
            gap=_between(before_ms, first_ms),
            committing=_between(asked_ms, first_ms),
        ),
    )


def _command_ms(client: AirflowClient, dag: str, run: str) -> tuple[float, float]:
    """When the first try of ``operate`` called the command, and when that ended; by its log."""
    path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/operate/logs/1"
    lines = client.ask("GET", path, params={"full_content": True})["content"]

    def at(beginning: str) -> float:
        return next(_iso_ms(line["timestamp"]) for line in lines if beginning in line["event"])

    return at("Running command"), at("Command exited")


def _killed(stream: OperatedStream, share: float) -> Measured:
    epoch = stream.writer().epoch or 0
    driver = stream.driver()
    killed_ms = _now_ms()
    driver.kill()
    return _came_back(stream, epoch, {"killed": killed_ms})


def _frozen(stream: OperatedStream, share: float) -> Measured:
    """Frozen at any moment of a run of ``stream_watch``, ``share`` of a minute after its begin."""
    epoch = stream.writer().epoch or 0
    with ThreadPoolExecutor(1) as pool:
        mended = pool.submit(_watch_until_mended, stream)
        time.sleep(share * WATCH_EVERY_S)
        frozen_ms = _now_ms()
        stream.driver().send_signal(signal.SIGSTOP)
        mended.result()
    return _came_back(stream, epoch, {"frozen": frozen_ms})


def _watch_until_mended(stream: OperatedStream) -> None:
    """What the task of ``stream_watch`` runs, once a minute."""
    began = time.time()
    for number in range(MOST_RUNS):
        time.sleep(max(began + number * WATCH_EVERY_S - time.time(), 0))
        done = subprocess.run(
            [sys.executable, "-m", "cli", *WATCH],
            cwd=CHECKOUT,
            env=process_environment(stream.settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if json.loads(done.stdout)["did"].startswith("done: "):
            return
    raise ContenderError(f"{MOST_RUNS} runs did not mend it; the last: {done.stdout.decode()}")


def _came_back(stream: OperatedStream, epoch: int, began: dict[str, float]) -> Measured:
    new = stream.await_new_writer(epoch)
    before_ms, first_ms = stream.around_takeover(new.epoch or 0)
    return (
        stages(
            {
                **began,
                "the new process runs": _ms(new.started_at),
                "Spark is up": _ms(new.spark_at),
                "it has the epoch": _ms(new.writing_at),
                "first commit": first_ms,
            }
        ),
        totals(
            gap=_between(before_ms, first_ms),
            committing=_between(next(iter(began.values())), first_ms),
        ),
    )


def _drain(stream: OperatedStream, share: float) -> Measured:
    old = stream.writer()
    asked_ms = _now_ms()
    succeeded(stream.verbs.drain(stream.ask()))
    told_ms = _now_ms()
    drained_ms = _ms(_slot_now(stream, old).drained_at)
    result = (
        stages({"asked": asked_ms, "drained": drained_ms, "the verb says so": told_ms}),
        totals(drain=_between(asked_ms, drained_ms)),
    )
    succeeded(stream.verbs.start(stream.ask()))
    return result


def _slot_now(stream: OperatedStream, row: SlotRow) -> SlotRow:
    return stream.slots()[row.slot]


def _now_ms() -> float:
    return time.time() * 1000


def _ms(moment: datetime | None) -> float | None:
    """Of the database's clock, which is this machine's."""
    return None if moment is None else to_epoch_ms(moment)


def _iso_ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def _between(start_ms: float | None, end_ms: float | None) -> float | None:
    return None if start_ms is None or end_ms is None else end_ms - start_ms


KINDS: dict[str, Act] = {
    "restart": _restart,
    "deploy": _deploy,
    "drain": _drain,
    "killed": _killed,
    "frozen": _frozen,
    "idle_drain": _drain,
}
LOADED = (*(kind for kind in KINDS if kind != "idle_drain"), "airflow")
