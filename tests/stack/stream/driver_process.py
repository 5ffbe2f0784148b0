"""A driver as another process: start it, kill any part of it, freeze it, see how it ended."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil

from clickledger.errors import ExitCode
from clickledger.settings import CHECKOUT
from tests.awaiting import await_that


class DriverProcess:
    """``python -m streaming`` and its JVM."""

    def __init__(self, python: Path, environment: dict[str, str], log: Path, marker: Path) -> None:
        self.log = log
        self._marker = marker
        self._expected_to_end = False
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [python, "-m", "streaming"],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def jvm(self) -> psutil.Process | None:
        """The driver's JVM, while there is one."""
        try:
            children = psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return None
        return next((child for child in children if "java" in child.name()), None)

    def await_log(self, words: str, timeout_s: float = 120) -> None:
        """Until the log holds ``words``."""

        def there() -> bool:
            self.assert_no_surprise()
            return words in self.text()

        await_that(
            there, f"{words!r} in the log of the driver:\n{self.text()}", timeout_s=timeout_s
        )

    def await_running(self, timeout_s: float = 120) -> None:
        """Until it has taken the stream over."""
        self.await_log(", generation ", timeout_s)

    def await_failpoint(self, timeout_s: float = 120) -> None:
        """Until it stands still at its failpoint."""
        await_that(
            self._marker.exists, f"{self._marker.name} in\n{self.text()}", timeout_s=timeout_s
        )

    def pass_failpoint(self) -> None:
        """Let it go on."""
        self._marker.unlink()

    def kill(self, *who: str) -> None:
        """SIGKILL ``python``, ``jvm`` or both, at once."""
        self._expected_to_end = True
        jvm = self.jvm()
        if "jvm" in who and jvm is not None:
            jvm.send_signal(signal.SIGKILL)
        if "python" in who:
            self.process.kill()

    def expect_end(self) -> None:
        """It may end from here on."""
        self._expected_to_end = True

    def freeze(self) -> None:
        """SIGSTOP both processes."""
        self._signal_both(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT both processes."""
        self._signal_both(signal.SIGCONT)

    def _signal_both(self, number: signal.Signals) -> None:
        jvm = self.jvm()
        self.process.send_signal(number)
        if jvm is not None:
            jvm.send_signal(number)

    def drain(self, timeout_s: float = 60) -> None:
        """SIGTERM, and the exit code of a drain."""
        self._expected_to_end = True
        self.process.terminate()
        assert self.await_end(timeout_s) == ExitCode.OK, self.text()

    def await_end(self, timeout_s: float = 120) -> int:
        """Its exit code; the JVM must be gone too."""
        self._expected_to_end = True
        jvm = self.jvm()
        code = self.process.wait(timeout_s)
        if jvm is not None:
            jvm.wait(timeout_s)
        return code

    def assert_no_surprise(self) -> None:
        """Fail when it ended though nobody ended it."""
        code = self.process.poll()
        if code is not None and not self._expected_to_end:
            raise AssertionError(f"the driver ended with {code}:\n{self.text()}")

    def kill_all(self) -> None:
        """Clean up after a test, frozen or not."""
        self._expected_to_end = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)
        jvm = self.jvm()
        self.process.kill()
        self.process.wait()
        if jvm is not None:
            end_jvm(jvm)


def end_jvm(jvm: psutil.Process) -> None:
    """SIGKILL and wait, whatever state it is in."""
    with contextlib.suppress(psutil.NoSuchProcess):
        jvm.kill()
        jvm.wait(10)
