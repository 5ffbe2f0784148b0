"""The driver process: wait while the query runs, end in order, leave an exit code."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from clickledger.errors import ExitCode, KilledError, OperationFailedError
from clickledger.mysql.connection import open_connection
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from clickledger.signal_event import SignalEvent
from clickledger.slots import SlotState
from streaming.drain import DrainedError, DrainGate
from streaming.ending import Ending, ending_of
from streaming.jvm_first import Starter
from streaming.logs import traceback_without_secrets

if TYPE_CHECKING:
    from streaming.starting import Running

log = logging.getLogger(__name__)
POLL_S = 0.2
# With all that comes after it, within what the verbs and the supervisor wait (60 s).
DRAIN_TIMEOUT_S = 45.0
STOP_TIMEOUT_S = 10.0
HEARTBEAT_TIMEOUT_S = 2.0
REPORT_INTERVAL_S = 10.0


def run_driver(settings: Settings) -> ExitCode:
    """Run the stream until it is drained or fails; returns the process's exit code."""
    driver = Driver(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, driver.on_signal)
    ending = driver.run()
    level = logging.INFO if ending.exit_code is ExitCode.OK else logging.ERROR
    log.log(level, "ended with exit code %d: %s", ending.exit_code, ending.reason)
    return ending.exit_code


class Driver:
    """One life of the driver. ``run`` never raises for a foreseeable error."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gate = DrainGate()
        self._failed: BaseException | None = None
        self._woken = SignalEvent()
        self._starter = Starter(settings, self._gate, self.fail)
        self._running: Running | None = None

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM and SIGINT drain."""
        self._gate.close()
        self._woken.set()

    def fail(self, error: BaseException) -> None:
        """End the driver with ``error``; the first one wins, and a drain is no failure."""
        if self._failed is None and not isinstance(error, DrainedError):
            self._failed = error
        self._woken.set()

    def run(self) -> Ending:
        """Start, wait, end."""
        try:
            self._running = self._starter.start()
            self._wait(self._running)
        except BaseException as error:
            self.fail(error)
        began = time.monotonic()
        self._gate.close()
        if self._running is not None:
            self._stop(self._running)
        ending = self._ending()  # only now: the batch under way may have failed
        if self._failed is not None and ending.exit_code is ExitCode.INTERNAL:
            log.error("%s", traceback_without_secrets(self._failed, self._settings))
        self._record(ending)
        self._starter.stop_jvm()
        if self._running is not None:
            log.info("stopped in %.1f s", time.monotonic() - began)
        return ending

    def _ending(self) -> Ending:
        ending = ending_of(self._failed)
        if self._running is None and ending.exit_code is ExitCode.INTERNAL:
            try:  # no release is to blame for that
                self._starter.require_jvm_not_killed()
            except KilledError as error:
                return ending_of(error)
        return ending

    def _wait(self, running: Running) -> None:
        told = time.monotonic()
        while self._failed is None and not self._gate.closed:
            self._woken.wait(POLL_S)
            if running.jvm.process.poll() is not None:
                raise RuntimeError(f"the JVM ended with {running.jvm.process.returncode}")
            if not running.query.isActive and self._failed is None and not self._gate.closed:
                raise running.query.exception() or RuntimeError("the query stopped by itself")
            if time.monotonic() - told >= REPORT_INTERVAL_S:
                told = time.monotonic()
                log.info("%s", running.promoted.progress.in_words())

    def _stop(self, running: Running) -> None:
        """Stop in order; what hangs is left behind after a bound: the fence keeps it harmless."""
        promoted, within_s = running.promoted, DRAIN_TIMEOUT_S
        if self._failed is not None:
            within_s = STOP_TIMEOUT_S
        is_idle = self._gate.wait_until_idle(within_s)
        promoted.heartbeat.stop()
        if is_idle:
            self._say(SlotState.DRAINED)  # whoever waits for us need not wait for Spark
            stopper = threading.Thread(target=self._stop_query, args=(running,), daemon=True)
            stopper.start()
            stopper.join(STOP_TIMEOUT_S)
        else:  # nor would the query stop before the batch
            promoted.sink.refuse()
            self.fail(
                OperationFailedError(
                    f"The batch under way did not end within {within_s:g} s and was left.",
                    next_step="nothing is lost: the next start begins at the ledger",
                )
            )
        promoted.heartbeat.join(HEARTBEAT_TIMEOUT_S)  # else its last word may come after ours

    def _stop_query(self, running: Running) -> None:
        with contextlib.suppress(Exception):  # the JVM may be gone: then there is nothing to stop
            running.query.stop()
        running.promoted.sink.close()

    def _say(self, state: SlotState) -> None:
        with (
            contextlib.suppress(Exception),  # the lifecycle has its own ways to find out
            contextlib.closing(open_connection(self._settings, Role.STREAM)) as connection,
        ):
            self._starter.slot.say(connection, state)

    def _record(self, ending: Ending) -> None:
        failed = ending.exit_code is not ExitCode.OK
        code, reason = (int(ending.exit_code), ending.reason) if failed else (None, None)
        here = (os.getpid(), socket.gethostname())
        try:
            connection = open_connection(self._settings, Role.STREAM, read_timeout_s=5)
            with contextlib.closing(connection), connection.cursor() as cursor:
                cursor.execute(statement("stream/ended"), (ending.state, code, reason, *here))
                self._starter.slot.say(
                    connection,
                    SlotState.ENDED,
                    exit_code=int(ending.exit_code),
                    end_reason=ending.reason,
                )
                if self._running is not None:
                    generation = self._running.promoted.writer.generation
                    cursor.execute(
                        statement("stream/end_generation"),
                        (int(ending.exit_code), ending.reason, generation),
                    )
        except Exception as error:
            log.warning("could not write the ending to MySQL: %s", error)
