"""The sink's connection and its bounded retries (protocol P1, step 4)."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import DatabaseUnreachableError
from clickledger.failpoints import reach
from clickledger.ledger.positions import Position, read_positions
from clickledger.mysql.connection import is_connection_lost, open_connection
from clickledger.mysql.retries import wants_another_try
from clickledger.settings import Role, Settings
from streaming.batch import CountedBatch, RejectedSample
from streaming.drain import DrainedError
from streaming.transaction import commit_batch, rehearse_batch
from streaming.writer import Writer

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_PAUSE_S = 2.0


class Sink:
    """Commits counted batches as ``writer``. One per driver, used by one thread."""

    def __init__(self, settings: Settings, writer: Writer) -> None:
        self._settings = settings
        self._writer = writer
        self._connection: Connection[Cursor] | None = None
        self._refuses = False

    @property
    def generation(self) -> str:
        """Of the driver that it commits for."""
        return self._writer.generation

    def close(self) -> None:
        """Drop the connection; the server rolls an open transaction back."""
        if self._connection is not None:
            with contextlib.suppress(pymysql.Error, OSError):
                self._connection.close()
            self._connection = None

    def refuse(self) -> None:
        """From any thread: begin no transaction any more, and try none again."""
        self._refuses = True

    def positions(self) -> dict[int, Position]:
        """The ledger as it stands, read without a lock."""
        return self._with_retries(lambda c: read_positions(c, self._writer.topic))

    def apply(self, batch: CountedBatch, samples: Sequence[RejectedSample]) -> bool:
        """Commit ``batch``; ``False`` when an earlier attempt turns out to have committed it.

        Raises:
            StaleWriterError: another writer owns the stream.
            LedgerGapError, LedgerMovedError: the ledger is not where the batch begins.
            DatabaseUnreachableError: no answer for ``database_retry_s``.
        """
        applied = self._with_retries(lambda c: commit_batch(c, self._writer, batch, samples))
        reach("after_commit")
        return applied

    def rehearse(self, batch: CountedBatch, samples: Sequence[RejectedSample]) -> None:
        """Do to MySQL what ``apply`` would, and take it back; raises what ``apply`` would."""
        self._with_retries(lambda c: rehearse_batch(c, self._writer, batch, samples))

    def query(self, question: Callable[[Connection[Cursor]], T]) -> T:
        """Ask something on the sink's connection, with the same retries."""
        return self._with_retries(question)

    def _with_retries(self, work: Callable[[Connection[Cursor]], T]) -> T:
        deadline = time.monotonic() + self._settings.database_retry_s
        pause = 0.05
        while True:
            if self._refuses:
                raise DrainedError("this driver has ended without this batch")
            try:
                if self._connection is None:
                    self._connection = open_connection(self._settings, Role.STREAM)
                return work(self._connection)
            except Exception as error:
                # A fresh connection each time: the old one may hold a broken transaction.
                self.close()
                if not _is_transient(error):
                    raise
                if time.monotonic() + pause > deadline:
                    raise DatabaseUnreachableError(
                        f"MySQL did not take the batch within"
                        f" {self._settings.database_retry_s:g} s: {error}",
                        next_step="check the server (`make status`); the stream starts again"
                        " at the ledger, nothing is lost",
                    ) from error
                log.warning("MySQL: %s; trying again in %.2f s", error, pause)
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, (DatabaseUnreachableError, OSError)) or is_connection_lost(error):
        return True
    return wants_another_try(error)
