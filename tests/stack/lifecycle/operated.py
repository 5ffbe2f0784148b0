"""A stream that is operated by the lifecycle's verbs, and events that keep coming meanwhile."""

from __future__ import annotations

import shutil
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role, Settings
from infra.stream_slots import StreamDriver
from lifecycle.health import Health, judge_health, observe
from lifecycle.operations import Outcome
from lifecycle.releases import PROGRAM, Release, create_release
from lifecycle.slots import SlotRow, read_slots, writer_of
from lifecycle.verbs import Ask, Verbs, verbs_of
from tests.awaiting import await_that
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment

CHUNK = 200


@dataclass
class Operated:
    """One deployment, its verbs, and folders for other releases."""

    deployment: Deployment
    folder: Path
    driver: StreamDriver

    @property
    def settings(self) -> Settings:
        """Of the deployment."""
        return self.deployment.settings

    @property
    def verbs(self) -> Verbs:
        """On it."""
        return verbs_of(self.settings)

    def ask(self, token: str, *, approved: bool = False) -> Ask:
        """What every act needs."""
        return Ask(token=token, reason="a test", by="tests", approved=approved)

    def release(self, change: Callable[[Path], object] = lambda folder: None) -> Release:
        """A release of this checkout after ``change`` was made to a copy of it."""
        source = self.folder / f"source-{len(list(self.folder.iterdir()))}"
        for name in PROGRAM:
            shutil.copytree(
                CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        change(source)
        return self.release_of(source)

    @cached_property
    def own_release(self) -> str:
        """Name of the release that this checkout is."""
        return self.release().release_name

    def release_of(self, source: Path, python: Path | None = None) -> Release:
        """A release of another checkout, by default with this Python."""
        with connected(self.settings, Role.OPERATOR) as connection:
            return create_release(connection, self.settings, "tests", source=source, python=python)

    def bring_up(self) -> None:
        """This checkout's release, up and proven, whatever a test before has left."""
        writer = writer_of(self.slots())
        ours = writer is not None and writer.release_name == self.own_release
        if ours and writer is not None and self.verbs.runner.state(writer.slot).alive:
            return
        self.driver.write_slots()  # another stream may have had them
        ask = self.ask(f"up-{uuid.uuid4()}", approved=True)
        succeeded(self.verbs.start(ask) if ours else self.verbs.deploy(ask, self.own_release))

    def slots(self) -> dict[str, SlotRow]:
        """Both."""
        with connected(self.settings, Role.READER) as connection:
            return read_slots(connection)

    def writer(self) -> SlotRow:
        """The slot that is wanted as the writer."""
        found = writer_of(self.slots())
        assert found is not None
        return found

    def health(self) -> Health:
        """The verdict now."""
        with connected(self.settings, Role.READER) as connection:
            return judge_health(observe(connection, self.verbs.runner))

    def process(self) -> psutil.Process:
        """The writer's Python."""
        return psutil.Process(self.verbs.runner.state(self.writer().slot).pid)

    def runs(self) -> bool:
        """Whether the writer has a process."""
        return self.verbs.runner.state(self.writer().slot).alive

    def kill_driver(self) -> None:
        """SIGKILL, as the machine would; the supervisor may start it again."""
        self.process().send_signal(signal.SIGKILL)

    def await_epoch(self, epoch: int) -> None:
        """Until a driver of that epoch or a later one writes."""
        await_that(
            lambda: (self.writer().epoch or 0) >= epoch and self.writer().state == "writing",
            f"epoch {epoch}",
        )

    @contextmanager
    def load(self, rate: int, *, seed: int, late: bool = True) -> Iterator[None]:
        """About ``rate`` events a second while the block runs; it ends when all are counted."""

        def events(turn: int) -> Iterator[bytes]:
            return clicks(CHUNK, seed=seed + turn, late=late)

        with self.deployment.sending(CHUNK / rate, events):
            yield
        self.deployment.await_applied()

    def thaw(self) -> None:
        """Let a frozen driver end like any other."""
        for slot in self.slots().values():
            self.verbs.runner.supervisor.send_signal(slot.program, "CONT")


def succeeded(result: tuple[Outcome, bool]) -> Outcome:
    """The outcome of an operation that this call has done, and that is right."""
    outcome, done_now = result
    assert (outcome.state, done_now) == ("done", True), outcome
    return outcome


def edit(file: str, old: str, new: str) -> Callable[[Path], object]:
    """A change to one file of a release's source."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
