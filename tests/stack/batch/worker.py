"""The batch layer in a process of its own: one Spark session for many tests, and one to kill."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
import pyarrow as pa
from pyspark.errors import PySparkException

from batch.archive.archiver import Archived, Archiver
from batch.backfill.runs import BackfillPlan, backfill
from batch.correct.undo import Undone, undo
from batch.reconcile.runs import Ask, Report, reconcile
from batch.recount.for_auditors import recount_hours
from batch.restate.runs import RestateAsk, Restated, restate
from batch.spark import batch_session
from clickledger.failpoints import VARIABLE
from clickledger.settings import Settings
from tests.awaiting import await_that

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from reports.verify_against import Cuts

T = TypeVar("T")
_sessions = contextlib.ExitStack()
_spark: list[SparkSession] = []


def _open(settings: Settings) -> None:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    _spark.append(_sessions.enter_context(batch_session(settings)))


@contextlib.contextmanager
def _session(settings: Settings) -> Iterator[SparkSession]:
    yield _spark[0]


def _reconcile(settings: Settings, ask: Ask, failpoint: str) -> Report:
    with _failpoint(failpoint):
        return reconcile(settings, ask, session=_session)


def _archive(settings: Settings, cut: dict[int, int], failpoint: str) -> Archived:
    with _failpoint(failpoint):
        return Archiver(_spark[0], settings).up_to(cut)


def _restate(settings: Settings, ask: RestateAsk, failpoint: str) -> Restated:
    with _failpoint(failpoint):
        return restate(settings, ask, session=_session)


def _backfill(settings: Settings, plan: BackfillPlan, failpoint: str) -> tuple[bool, Report]:
    with _failpoint(failpoint):
        return backfill(settings, plan, "tests", "a test", session=_session)


def _reconcile_two(settings: Settings, ask: Ask, failpoint: str) -> tuple[Report, Report]:
    return _two(lambda: reconcile(settings, ask, session=_session), failpoint)


def _archive_two(
    settings: Settings, cut: dict[int, int], failpoint: str
) -> tuple[Archived, Archived]:
    return _two(lambda: Archiver(_spark[0], settings).up_to(cut), failpoint)


def _two(work: Callable[[], T], failpoint: str) -> tuple[T, T]:
    """The second begins and ends while the first stands at its failpoint."""
    name, _, folder = failpoint.partition(":")
    marker = Path(folder) / name
    with _failpoint(failpoint), ThreadPoolExecutor(1) as threads:
        first = threads.submit(work)
        await_that(lambda: marker.exists() or first.done(), f"the failpoint {name}")
        second = work()
        marker.unlink()
        return first.result(), second


def _undo(settings: Settings, run: str, failpoint: str) -> Undone:
    with _failpoint(failpoint):
        return undo(settings, run, "tests", "a test")


def _recount(settings: Settings, cuts: Cuts, failpoint: str) -> list[pa.Table]:
    with _failpoint(failpoint):
        return list(recount_hours(settings, cuts, session=_session))


@contextlib.contextmanager
def _failpoint(wanted: str) -> Iterator[None]:
    os.environ[VARIABLE] = wanted
    try:
        yield
    except PySparkException as error:
        raise AssertionError(str(error)) from None  # its own holds on to a JVM: no process sends it
    finally:
        del os.environ[VARIABLE]


class Worker:
    """Runs the batch layer elsewhere; after a kill the next call starts a new process."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._held = 0
        self._marker: Path | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._light: ProcessPoolExecutor | None = None  # for what needs no Spark

    def reconcile(self, settings: Settings, ask: Ask, failpoint: str = "") -> Future[Report]:
        """Start a run; with a failpoint it stands still there."""
        return self._submit(_reconcile, settings, ask, failpoint)

    def archive(
        self, settings: Settings, cut: dict[int, int], failpoint: str = ""
    ) -> Future[Archived]:
        """Start archiving."""
        return self._submit(_archive, settings, cut, failpoint)

    def restate(self, settings: Settings, ask: RestateAsk, failpoint: str = "") -> Future[Restated]:
        """Start to restate."""
        return self._submit(_restate, settings, ask, failpoint)

    def backfill(
        self, settings: Settings, plan: BackfillPlan, failpoint: str = ""
    ) -> Future[tuple[bool, Report]]:
        """Start to close a gap."""
        return self._submit(_backfill, settings, plan, failpoint)

    def reconcile_two(
        self, settings: Settings, ask: Ask, failpoint: str
    ) -> Future[tuple[Report, Report]]:
        """Two runs of the same; the first stands at the failpoint until the second has ended."""
        return self._submit(_reconcile_two, settings, ask, failpoint)

    def archive_two(
        self, settings: Settings, cut: dict[int, int], failpoint: str
    ) -> Future[tuple[Archived, Archived]]:
        """Two archivers; the first stands at the failpoint until the second has ended."""
        return self._submit(_archive_two, settings, cut, failpoint)

    def undo(self, settings: Settings, run: str, failpoint: str = "") -> Future[Undone]:
        """Start to take a run's corrections back."""
        if self._light is None:
            self._light = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        return self._light.submit(_undo, settings, run, self._hold_at(failpoint))

    def recount(self, settings: Settings, cuts: Cuts) -> Future[list[pa.Table]]:
        """Start to count hours again, each below its own cut."""
        return self._submit(_recount, settings, cuts, "")

    def _submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        *most, failpoint = arguments
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                1, context, initializer=_open, initargs=(self._settings,)
            )
        return self._pool.submit(work, *most, self._hold_at(failpoint))

    def _hold_at(self, failpoint: str) -> str:
        if not failpoint:
            return "nowhere:"
        self._held += 1
        folder = self._folder / f"held-{self._held}"
        folder.mkdir()
        self._marker = folder / failpoint
        return f"{failpoint}:{folder}"

    def await_failpoint(self, run: Future[Any]) -> None:
        """Until the run stands still."""
        marker = self._marker
        assert marker is not None
        await_that(lambda: marker.exists() or run.done(), f"the failpoint {marker.name}")
        assert not run.done(), run.result()

    def pass_failpoint(self) -> None:
        """Let it go on."""
        assert self._marker is not None
        self._marker.unlink()

    def let_go(self) -> None:
        """Let go on whatever a test may have left at its failpoint, or on its way there."""
        if self._marker is not None:
            self._marker.with_suffix(".passed").touch()
            self._marker.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL the process; its JVM ends with it."""
        assert self._pool is not None
        _kill(self._pool)
        self._pool = None

    def kill_undo(self) -> None:
        """SIGKILL the process that undoes."""
        assert self._light is not None
        _kill(self._light)
        self._light = None

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.submit(_sessions.close).result(60)
            self._pool.shutdown()
        if self._light is not None:
            self._light.shutdown()


def _kill(pool: ProcessPoolExecutor) -> None:
    for pid in list(pool._processes):
        process = psutil.Process(pid)
        children = process.children(recursive=True)
        process.kill()
        psutil.wait_procs(children, timeout=30)
    pool.shutdown()
