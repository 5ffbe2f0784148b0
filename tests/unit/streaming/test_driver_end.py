"""How a driver ends: what it says, in which order, and with which code.

tests/stack/stream ends real ones.
"""

from __future__ import annotations

import inspect
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
from pydantic import SecretStr

from cli.stream import drain
from clickledger.errors import DatabaseUnreachableError, ExitCode, KilledError
from clickledger.settings import load_settings
from clickledger.slots import SLOTS
from infra.supervision import stop_wait_s
from lifecycle.handover import DRAINED_WITHIN_S
from streaming import driver as driver_module
from streaming.driver import Driver
from streaming.ending import Ending
from streaming.jvm_first import Starter
from streaming.starting import Running

pytestmark = pytest.mark.unit


class MadeUpStream:
    """What a started driver holds; keeps what is done to it, in order."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.was_killed = False
        self.jvm = SimpleNamespace(process=SimpleNamespace(poll=lambda: None))
        self.query = SimpleNamespace(isActive=True, stop=lambda: self.did.append("query stopped"))
        self.promoted = SimpleNamespace(
            heartbeat=SimpleNamespace(
                stop=lambda: self.did.append("heartbeat stopped"),
                join=lambda timeout_s: self.did.append("heartbeat joined"),
            ),
            sink=SimpleNamespace(
                close=lambda: None, refuse=lambda: self.did.append("sink refuses")
            ),
        )

    def start(self) -> Running:
        return cast(Running, self)

    def require_jvm_not_killed(self) -> None:
        if self.was_killed:
            raise KilledError("It was killed.")

    def stop_jvm(self) -> None:
        self.did.append("JVM stopped")


class QuietDriver(Driver):
    """Tells a list what it would tell MySQL."""

    def __init__(self, stream: MadeUpStream) -> None:
        super().__init__(load_settings(mysql_stream_password=SecretStr("pass word")))
        self.stream = stream
        self.gate = self._gate
        self._starter = cast(Starter, stream)

    def _say(self, state: object) -> None:
        self.stream.did.append(str(state))

    def _record(self, ending: Ending) -> None:
        self.stream.did.append(f"recorded {ending.state}")


@pytest.fixture
def stream() -> MadeUpStream:
    return MadeUpStream()


@contextmanager
def batch_under_way(
    driver: QuietDriver, then: BaseException | None = None
) -> Iterator[threading.Event]:
    """A batch that goes on until ``leave`` is set, and fails ``then``."""
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with driver.gate.batch():
            inside.set()
            leave.wait(10)
            if then is not None:
                driver.fail(then)

    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(10)
    yield leave
    leave.set()
    worker.join()


def test_a_drain_says_so_when_the_last_batch_is_through(stream: MadeUpStream) -> None:
    driver = QuietDriver(stream)
    driver.on_signal(signal.SIGTERM, None)
    assert driver.run().exit_code is ExitCode.OK
    assert stream.did == [
        "heartbeat stopped", "drained", "query stopped", "heartbeat joined",
        "recorded drained", "JVM stopped",
    ]  # fmt: skip


def test_a_batch_that_takes_too_long_is_not_called_drained(
    stream: MadeUpStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_module, "DRAIN_TIMEOUT_S", 0.01)
    driver = QuietDriver(stream)
    with batch_under_way(driver):
        driver.on_signal(signal.SIGTERM, None)
        ending = driver.run()
    assert ending.exit_code is ExitCode.OPERATION_FAILED
    assert "drained" not in stream.did
    assert stream.did == [
        "heartbeat stopped", "sink refuses", "heartbeat joined", "recorded down", "JVM stopped",
    ]  # fmt: skip


def test_a_last_batch_that_fails_is_no_drain(stream: MadeUpStream) -> None:
    driver = QuietDriver(stream)
    with batch_under_way(driver, DatabaseUnreachableError("gone")) as leave:
        driver.on_signal(signal.SIGTERM, None)
        leave.set()
        ending = driver.run()
    assert ending.exit_code is ExitCode.DATABASE_UNREACHABLE


def test_an_internal_error_leaves_its_traceback_and_no_password(
    stream: MadeUpStream, caplog: pytest.LogCaptureFixture
) -> None:
    driver = QuietDriver(stream)

    def start() -> Running:
        raise ZeroDivisionError("with pass word")

    cast(Any, stream).start = start
    with caplog.at_level(logging.ERROR):
        assert driver.run().exit_code is ExitCode.INTERNAL
    assert "Traceback (most recent call last)" in caplog.text
    assert "in start" in caplog.text
    assert "pass word" not in caplog.text


@pytest.mark.parametrize(("wrote", "code"), [(False, ExitCode.KILLED), (True, ExitCode.INTERNAL)])
def test_a_jvm_killed_at_the_start_is_no_fault_of_the_code(
    stream: MadeUpStream, monkeypatch: pytest.MonkeyPatch, wrote: bool, code: ExitCode
) -> None:
    """Of one that is killed later its batch may be the cause: it is looked for (``poison.py``)."""

    def lose_jvm(*_: object) -> Running:
        raise ConnectionRefusedError("the gateway")

    stream.was_killed = True
    driver = QuietDriver(stream)
    step = (driver, "_wait") if wrote else (stream, "start")
    monkeypatch.setattr(step[0], step[1], lose_jvm)
    assert driver.run().exit_code is code


def test_it_ends_by_itself_before_anybody_ends_it() -> None:
    longest_s = driver_module.DRAIN_TIMEOUT_S + driver_module.STOP_TIMEOUT_S
    longest_s += driver_module.HEARTBEAT_TIMEOUT_S
    # The verb ends its epoch before the supervisor kills it.
    killed_after_s = min(stop_wait_s(f"stream-{slot}") for slot in SLOTS)
    assert longest_s < DRAINED_WITHIN_S < killed_after_s
    # Nor may anybody ask for longer.
    timeout = inspect.signature(drain, eval_str=True).parameters["timeout"]
    (option,) = get_args(timeout.annotation)[1:]
    assert (timeout.default, option.max) == (DRAINED_WITHIN_S, DRAINED_WITHIN_S)
