"""The batches of a driver that is warm before it may write (protocol P2, ADR 6).

Its query runs from the ledger, behind the writer: each batch is counted for the compiler's sake and
thrown away, then waits until the writer has applied all of it. So the query is never ahead of the
ledger by more than the batch in hand, and whoever is promoted goes on inside that very batch: what
the old writer has applied of it is skipped (P1), the rest is counted and committed.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.contract.rules import Rules
from clickledger.ledger.positions import OffsetRange, read_positions
from clickledger.mysql.connection import open_connection
from clickledger.settings import Role, Settings
from streaming import counting
from streaming.drain import DrainedError, DrainGate
from streaming.micro_batch import MicroBatches
from streaming.ranges import batch_ranges

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOOK_S = 0.02


class StandbyBatches:
    """A ``foreachBatch`` callback that follows until ``promote``, and commits from then on."""

    def __init__(self, settings: Settings, rules: Rules, checkpoint: Path, gate: DrainGate) -> None:
        self._settings = settings
        self._rules = rules
        self._checkpoint = checkpoint
        self._gate = gate
        self._batches: MicroBatches | None = None
        self.followed = threading.Event()  # one batch has gone through all of it

    def promote(self, batches: MicroBatches) -> None:
        """From here on, the batch in hand included, ``batches`` decides and commits."""
        self._batches = batches

    def __call__(self, frame: DataFrame, batch_id: int) -> None:
        """Follow, or commit."""
        if self._batches is None:
            self._follow(frame, batch_id)
        if self._batches is not None:
            self._batches(frame, batch_id)

    def _follow(self, frame: DataFrame, batch_id: int) -> None:
        spans = batch_ranges(self._checkpoint, self._settings.topic, batch_id)
        if 0 < sum(map(len, spans)) <= self._settings.small_batch_records:
            # Filtered as the batch is in which the stream is taken over.
            counting.judged_rows(counting.within(frame, spans), self._rules)
        self.followed.set()
        with closing(open_connection(self._settings, Role.STREAM)) as connection:
            while self._batches is None and self._is_ahead(connection, spans):
                if self._gate.closed:
                    raise DrainedError("this standby is no longer wanted")
                time.sleep(LOOK_S)

    def _is_ahead(self, connection: Connection[Cursor], spans: list[OffsetRange]) -> bool:
        positions = read_positions(connection, self._settings.topic)
        # A partition without a ledger row has nothing applied.
        return any(
            (found := positions.get(span.partition)) is None or found.next_offset < span.end
            for span in spans
        )
