"""Is the new writer right? Looked at after every takeover, before a release is called good."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import milliseconds_between
from clickledger.errors import CountsWronglyError, ReleaseFailedError
from clickledger.ledger.audit import AuditReport
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.waiting import wait_for
from lifecycle.audits import audit_now
from lifecycle.handover import require_not_ended
from lifecycle.recount import LARGEST_SAMPLE, sample
from lifecycle.signs import lag_of, require_lag_falls, require_reject_share
from lifecycle.slots import read_slots

BATCHES = 5
IDLE_S = 3.0
PROGRESS_WITHIN_S = 90.0
SAMPLES = 3
POLL_S = 0.1


@dataclass(frozen=True)
class Proof:
    """What was looked at: batches committed by the new epoch, ranges counted again, the audit."""

    epoch: int
    batches: int
    sampled: tuple[str, ...]
    sampled_records: int
    audit_ok: bool
    gap_ms: int | None  # last commit of the old epoch to the first of the new one

    def in_words(self) -> str:
        """One line."""
        gap = "nothing was committed yet" if self.gap_ms is None else f"gap {self.gap_ms:,} ms"
        return (
            f"epoch {self.epoch} committed {self.batches} batches, {gap};"
            f" {self.sampled_records:,} records of {len(self.sampled)} ranges counted again in"
            " plain Python: equal; the audit found nothing new"
        )


def prove(
    connection: Connection[Cursor], settings: Settings, slot: str, before: Future[AuditReport]
) -> Proof:
    """Watch the driver in ``slot`` until it has shown what it must; ``before``: what was.

    Raises:
        ReleaseFailedError: it ended, started again, got stuck, lags more and more, counted
            wrongly, rejects far more than was rejected before, or the audit finds what it did not
            find before.
        DatabaseUnreachableError, KafkaUnreachableError: that server went away: nothing is proven,
            and nothing is known against the release.
    """
    epoch, since = _epoch(connection, slot)
    lag = lag_of(connection)
    _await_progress(connection, slot, epoch, since)
    rows = _batches(connection, epoch, since)
    sampled, records = recount_samples(connection, settings, epoch, rows)
    require_reject_share(connection, epoch, since, settings.proof_reject_factor)
    require_lag_falls(connection, epoch, max(lag, _in_hand(rows)))
    after = audit_now(settings)
    if new := after.worse_than(before.result()):
        raise ReleaseFailedError(f"The audit finds more than before: {', '.join(new)}.")
    row = fetch_one(connection, statement("lifecycle/gap"), {"epoch": epoch}) or {}
    return Proof(
        epoch=epoch,
        batches=_committed(rows),
        sampled=tuple(map(str, sampled)),
        sampled_records=records,
        audit_ok=after.ok,
        gap_ms=milliseconds_between(row.get("last_before"), row.get("first_after")),
    )


def _epoch(connection: Connection[Cursor], slot: str) -> tuple[int, datetime]:
    row = read_slots(connection)[slot]
    if row.epoch is None or row.writing_at is None:
        raise ReleaseFailedError(f"The driver in slot {slot} does not write.")
    return row.epoch, row.writing_at


def _await_progress(connection: Connection[Cursor], slot: str, epoch: int, since: datetime) -> None:
    """Until enough batches are committed, or there is nothing to commit for a while."""
    idle_since: float | None = None

    def committed() -> int:
        return _committed(_batches(connection, epoch, since))

    def shown_enough() -> bool:
        nonlocal idle_since
        _require_alive(connection, slot)
        idle_since = (idle_since or time.monotonic()) if _is_idle(connection, epoch) else None
        is_idle = idle_since is not None and time.monotonic() - idle_since > IDLE_S
        return is_idle or committed() >= BATCHES

    if not wait_for(shown_enough, within_s=PROGRESS_WITHIN_S, every_s=POLL_S):
        raise ReleaseFailedError(
            f"Epoch {epoch} committed {committed()} batches within {PROGRESS_WITHIN_S:g} s though"
            " events are waiting."
        )


def _require_alive(connection: Connection[Cursor], slot: str) -> None:
    require_not_ended(read_slots(connection)[slot], starts=1, until="was proven")


def _is_idle(connection: Connection[Cursor], epoch: int) -> bool:
    row = fetch_one(connection, statement("lifecycle/state"))
    return bool(
        row
        and row["epoch"] == epoch
        and row["lag_events"] == 0
        and row["heartbeat_age_s"] is not None
        and row["heartbeat_age_s"] < IDLE_S
    )


def _committed(rows: Iterable[Mapping[str, Any]]) -> int:
    """Batches that ranges belong to."""
    return len({row["batch_id"] for row in rows})


def _in_hand(rows: Iterable[Mapping[str, Any]]) -> int:
    """What waits for a stream that keeps up: the batch at work and the next one, at most."""
    records: Counter[int] = Counter()
    for row in rows:
        records[row["batch_id"]] += row["records_read"]
    return 2 * max(records.values(), default=0)


def _batches(connection: Connection[Cursor], epoch: int, since: datetime) -> list[dict[str, Any]]:
    parameters = {"epoch": epoch, "since": since}
    return fetch_all(connection, statement("lifecycle/epoch_batches"), parameters)


def recount_samples(
    connection: Connection[Cursor], settings: Settings, epoch: int, rows: Iterable[dict[str, Any]]
) -> tuple[list[OffsetRange], int]:
    """Count a few ranges of an epoch again, with the contract's plain-Python oracle.

    ``rows``: of sql/lifecycle/epoch_batches. Returns the ranges, and how many records they held.

    Raises:
        CountsWronglyError: a range was counted wrongly; it is named for a restatement.
    """
    small = [row for row in rows if 0 < row["records_read"] <= LARGEST_SAMPLE]
    samples = sample(connection, settings, random.sample(small, min(SAMPLES, len(small))))
    if wrong := [each.in_words() for each in samples if each.differences]:
        raise CountsWronglyError(
            f"Epoch {epoch} counts wrongly: {'; '.join(wrong)}.",
            next_step="all ranges of this epoch are to be restated",
        )
    return [each.span for each in samples], sum(each.records for each in samples)
