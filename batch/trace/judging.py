"""What a traced record counts to: judged as the figures are, and by which range of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.recount.restatements import Restatement, standing_restatements
from batch.trace.records import RawRecord
from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import Reason, Rules
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement

NOT_COUNTED_YET = "not counted yet"
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Traced:
    """A record with what became of it: ``counted``, a reason, or ``not counted yet``.

    ``judged_by``: the version of the rules. ``counted_by``: the range of the ledger, and its
    release, generation and epoch; ``restated_by``: the release that judged it again, if one did.
    """

    record: RawRecord
    verdict: str
    event: Event | None
    judged_by: int | None
    restated_by: str | None
    counted_by: Mapping[str, Any] | None = None


@dataclass
class TraceJudge:
    """Judges records by the rules of their range, or of their hour's restatement (P3)."""

    connection: Connection[Cursor]
    topic: str
    _rules: dict[int, Rules] = field(default_factory=dict)
    _restated: dict[datetime, Restatement | None] = field(default_factory=dict)

    def judge(self, record: RawRecord) -> Traced:
        """A record by what is known of it; without its range."""
        if record.rules_version is None:
            return Traced(record, NOT_COUNTED_YET, None, None, None)
        restated, verdict = self._by_restatement(record)
        if restated is None or verdict is None:
            verdict = self._by(record, record.rules_version)
        is_event = isinstance(verdict, Event)
        return Traced(
            record,
            COUNTED if is_event else str(verdict),
            verdict if isinstance(verdict, Event) else None,
            restated.rules_version if restated else record.rules_version,
            restated.release[0] if restated else None,
        )

    def look_up(self, hour: datetime) -> None:
        """Know how an hour was restated, now and not when the first record of it is judged."""
        if hour not in self._restated:
            self._restated[hour] = standing_restatements(self.connection, [hour]).get(hour)

    def range_of(self, partition: int, offset: int) -> dict[str, Any] | None:
        """The applied range that covers an offset."""
        asked = {"topic": self.topic, "partition": partition, "offset": offset}
        row = fetch_one(self.connection, statement("trace/range_of_offset"), asked)
        return row if row and row["end_offset"] > offset else None

    def _by(self, record: RawRecord, version: int) -> Event | Reason:
        if version not in self._rules:
            self._rules[version] = rules_of_version(self.connection, version)
        return judge(record.value, record.kafka_time_ms, self._rules[version])

    def _by_restatement(
        self, record: RawRecord
    ) -> tuple[Restatement, Event | Reason] | tuple[None, None]:
        """An hour's restatement judges its events below the cut; by time it is known which hour."""
        hour = _hour_named(record.value)
        if hour is None:
            return None, None
        self.look_up(hour)
        found = self._restated[hour]
        if found is None or record.offset >= found.cut.get(record.partition, 0):
            return None, None
        return found, self._by(record, found.rules_version)


def _hour_named(value: bytes | None) -> datetime | None:
    """The hour that a value's third field names, if it is a time at all."""
    fields = (value or b"").split(b"|")
    if len(fields) != 4 or not fields[2].isdigit() or len(fields[2]) > 15:
        return None
    time_ms = int(fields[2])
    try:
        return from_epoch_ms(time_ms - time_ms % HOUR_MS)
    except OverflowError:
        return None
