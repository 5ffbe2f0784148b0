"""Who takes part, and how each is started and ended.

Every contender is one command that finds topic, database and login in its environment, reads the
topic from its beginning and adds to ``clicks_by_minute``, the same table with the same indexes.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.bench_stack import process_environment
from benchmarks.errors import ContenderError
from clickledger.settings import CHECKOUT, Settings

END_TIMEOUT_S = 60


@dataclass(frozen=True)
class Contender:
    """``argv`` follows ``python -m``. The product runs until it is told to end, the others end by
    themselves. Of those that keep books the whole audit must be clean."""

    name: str
    what: str
    argv: tuple[str, ...]
    is_product: bool = False
    keeps_books: bool = False
    is_flink: bool = False


CONTENDERS = (
    Contender("ours", "the product", ("streaming",), is_product=True, keeps_books=True),
    Contender(
        "ours_again",
        "the same: what differs is noise",
        ("streaming",),
        is_product=True,
        keeps_books=True,
    ),
    Contender("hand", "confluent-kafka, Polars, PyMySQL, tuned", ("benchmarks.hand_loop",)),
    Contender(
        "hand_ledger",
        "the tuned loop with the product's guarantees: whole contract, rejects, devices, ledger and"
        " history in one transaction behind the fence",
        ("benchmarks.hand_ledger",),
        keeps_books=True,
    ),
    Contender(
        "hand_first",
        "the same loop as one writes it first",
        ("benchmarks.hand_loop", "--first-written"),
    ),
    Contender(
        "flink",
        "Flink SQL 2.2.0, tuned, updates gathered for 0.2 s",
        ("benchmarks.flink.job",),
        is_flink=True,
    ),
    Contender(
        "flink_bulk",
        "the same, updates gathered for 1 s",
        ("benchmarks.flink.job", "--bulk"),
        is_flink=True,
    ),
)


@dataclass(frozen=True)
class RunningProcess:
    """A process under observation."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Root of its process tree."""
        return self.process.pid

    @property
    def ended(self) -> bool:
        """Whether it is gone. It is not reaped: its CPU time can still be read."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self.process.returncode is not None or bool(os.waitid(os.P_PID, self.pid, flags))

    def complain(self, what: str) -> ContenderError:
        """The error with the end of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return ContenderError(
            f"{what} (exit code {self.process.poll()}):\n" + "\n".join(lines) + "\n",
            next_step=f"read {self.log}",
        )

    def end(self) -> None:
        """SIGTERM, and wait.

        Raises:
            ContenderError: it did not end in order.
        """
        self.process.send_signal(signal.SIGTERM)
        self.await_end()

    def await_end(self) -> None:
        """Wait for a process that ends by itself.

        Raises:
            ContenderError: it did not end in order.
        """
        try:
            code = self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise self.complain("It does not end") from None
        if code != 0:
            raise self.complain("It did not end in order")


@contextmanager
def running(argv: tuple[str, ...], settings: Settings, log: Path) -> Iterator[RunningProcess]:
    """``python -m argv`` for the time of a block; nothing of it is left behind."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv],
            cwd=CHECKOUT,
            env=process_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningProcess(process, log)
    finally:
        _kill_tree(process)


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    root = psutil.Process(process.pid)
    for each in [*root.children(recursive=True), root]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()
