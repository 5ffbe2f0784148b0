"""A stream under the supervisor, operated by the product's own verbs, with an even load on it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import running
from benchmarks.errors import ContenderError, InexactError
from benchmarks.live import events_counted, newest_event_ms
from clickledger.clock import to_epoch_ms
from clickledger.errors import ExitCode
from clickledger.kafka.topics import ensure_topic
from clickledger.ledger.audit import run_audit
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import CHECKOUT, Role, Settings
from clickledger.slots import SlotState
from lifecycle.operations import Outcome
from lifecycle.releases import PROGRAM, create_release
from lifecycle.slots import SlotRow, read_slots, writer_of
from lifecycle.verbs import Ask, Verbs

POLL_S = 0.02
WITHIN_S = 180.0
CAUGHT_UP_MS = 1_000  # the newest visible event is no older
SETTLE_S = 5.0
DAY_S = 86_400  # the load is ended, it does not end


@dataclass(frozen=True)
class OperatedStream:
    """One deployment; ``releases`` differ in a comment, so that a deploy is one of other code."""

    settings: Settings
    verbs: Verbs
    releases: tuple[str, str]
    connection: Connection[Cursor]  # of the owner: it also forgets troubles

    def ask(self) -> Ask:
        """Another act of ours."""
        return Ask(token=str(uuid.uuid4()), reason="a benchmark", by="benchmarks", approved=True)

    def deploy(self, release: str) -> Outcome:
        """Make it the writer."""
        return succeeded(self.verbs.deploy(self.ask(), release))

    def slots(self) -> dict[str, SlotRow]:
        """Both."""
        return read_slots(self.connection)

    def writer(self) -> SlotRow:
        """The slot that is wanted as the writer."""
        found = writer_of(self.slots())
        if found is None:
            raise ContenderError("No driver is wanted as the writer.", next_step="see its log")
        return found

    def driver(self) -> psutil.Process:
        """The writer's Python process."""
        return psutil.Process(self.verbs.runner.state(self.writer().slot).pid)

    def await_new_writer(self, epoch: int) -> SlotRow:
        """The writer once it has another epoch than ``epoch`` and has committed in it."""

        def writes() -> bool:
            row = self.writer()
            new = row.state is SlotState.WRITING and row.epoch is not None and row.epoch > epoch
            return new and self.around_takeover(row.epoch or 0)[1] is not None

        self._await(writes, "a new writer that commits")
        return self.writer()

    def around_takeover(self, epoch: int) -> tuple[int | None, int | None]:
        """Epoch ms of the last commit before ``epoch`` and of the first one in it."""
        row = fetch_one(self.connection, statement("lifecycle/gap"), {"epoch": epoch}) or {}
        moments = (row.get("last_before"), row.get("first_after"))
        before, after = (None if each is None else to_epoch_ms(each) for each in moments)
        return before, after

    def settle(self) -> None:
        """Until nothing is left of what was done to it, and a little longer."""

        def caught_up() -> bool:
            newest_ms = newest_event_ms(self.connection, self.settings)
            return newest_ms is not None and time.time() * 1000 - newest_ms < CAUGHT_UP_MS

        self._await(caught_up, "a stream that has caught up")
        time.sleep(SETTLE_S)

    def forget_troubles(self) -> None:
        """Let the next trouble be the first one: many in a row are answered more slowly."""
        with self.connection.cursor() as cursor:
            cursor.execute("DELETE FROM incidents")
            cursor.execute("UPDATE stream_slots SET starts = LEAST(starts, 1)")

    def check(self, sent: int) -> None:
        """That everything sent was counted once.

        Raises:
            InexactError: it was not.
        """
        self._await(lambda: events_counted(self.connection) >= sent, f"{sent:,} events counted")
        counted, audit = events_counted(self.connection), run_audit(self.connection)
        if counted != sent or not audit.ok:
            raise InexactError(f"{counted:,} of {sent:,} events; the audit: {audit.as_dict()}.")

    @contextmanager
    def load(self, rate: int, devices: int, seed: int) -> Iterator[None]:
        """An even load for the time of a block; afterwards all of it must have been counted."""
        log = self.settings.home / "logs" / "bench-producer.log"
        wanted = {"rate": rate, "seconds": DAY_S, "devices": devices, "seed": seed}
        flags = [word for name, value in wanted.items() for word in (f"--{name}", str(value))]
        argv = ("benchmarks.paced_producer", *flags)
        with running(argv, self.settings, log) as producer:
            yield
            producer.end()
        self.check(int(json.loads(log.read_text())["sent"]))

    def _await(self, there: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not there():
            if time.monotonic() > deadline:
                logs = self.settings.home / "logs"
                raise ContenderError(f"Not within {WITHIN_S:g} s: {what}.", next_step=f"see {logs}")
            time.sleep(POLL_S)


@contextmanager
def operated_stream(stack: BenchStack, topic: str) -> Iterator[OperatedStream]:
    """The product on an empty topic, deployed and proven, with nothing to do."""
    settings = stack.fresh_deployment("operated", topic)
    ensure_topic(settings)
    try:
        with (
            stack.stream_slots(settings) as verbs,
            connected(settings, Role.OWNER) as connection,
        ):
            stream = OperatedStream(settings, verbs, _two_releases(settings), connection)
            stream.deploy(stream.releases[0])
            yield stream
    finally:
        stack.drop_topic(topic)


def _two_releases(settings: Settings) -> tuple[str, str]:
    with (
        connected(settings, Role.OPERATOR) as connection,
        tempfile.TemporaryDirectory() as folder,
    ):
        other = Path(folder)
        for name in PROGRAM:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, other / name, ignore=ignored)
        with (other / "streaming" / "__init__.py").open("a", encoding="utf-8") as file:
            file.write("# Other code, for a benchmark.\n")
        made = [
            create_release(connection, settings, "benchmarks", source=source)
            for source in (CHECKOUT, other)
        ]
    return made[0].release_name, made[1].release_name


def succeeded(result: tuple[Outcome, bool]) -> Outcome:
    """The outcome of an operation that was done.

    Raises:
        ContenderError: it was refused, failed or rolled back.
    """
    outcome, _ = result
    if outcome.exit_code is not ExitCode.OK:
        raise ContenderError(f"It ended {outcome.state}: {' '.join(outcome.lines)}")
    return outcome
