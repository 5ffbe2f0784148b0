"""The ledger's history folded up: neighbours that one driver applied become one with their sums.

Ranges go on to tile and to sum up to the same, so the audit proves as much as before. What is lost
is where one micro-batch ended and the next began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batch.maintenance.items import Item, Kind, Work
from clickledger.errors import AuditFailedError
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.statements import statement

SUMS = ("records_read", "holes", "accepted", "rejected", "clicks")
EXTREMES: dict[str, Callable[[list[Any]], Any]] = {
    "event_time_min_ms": min,
    "event_time_max_ms": max,
    "kafka_time_min_ms": min,
    "kafka_time_max_ms": max,
    "applied_at": max,
}
SAME = ("epoch", "generation", "rules_version", "release_name", "code_fingerprint")


@dataclass(frozen=True, slots=True)
class Ranges:
    """The keeper of the ledger's history; names are partitions."""

    def items(self, work: Work) -> Iterator[Item]:
        """One a partition that has something to fold."""
        for partition, groups in sorted(_groups(work).items()):
            rows = sum(ranges for _, ranges in groups)
            detail = f"{rows:,} ranges into {len(groups):,}, up to offset {groups[-1][0].end:,}"
            yield Item(Kind.RANGES, str(partition), detail, rows - len(groups))

    def delete(self, work: Work, name: str) -> str:
        """Fold a partition's ranges, each run of them in a transaction."""
        for span, _ in _groups(work).get(int(name), []):
            _fold(work, span)
        return ""


def _groups(work: Work) -> dict[int, list[tuple[OffsetRange, int]]]:
    before = work.before(work.settings.keep_ranges)
    found: dict[int, list[tuple[OffsetRange, int]]] = defaultdict(list)
    if before is None:
        return found
    asked = {"topic": work.settings.topic, "before": before}
    for row in fetch_all(work.connection, statement("maintenance/ranges_to_fold"), asked):
        span = OffsetRange(row["kafka_partition"], row["start_offset"], row["end_offset"])
        found[span.partition].append((span, row["ranges"]))
    return found


def _fold(work: Work, span: OffsetRange) -> None:
    connection = work.connection
    key = {
        "topic": work.settings.topic,
        "partition": span.partition,
        "start": span.start,
        "end": span.end,
    }
    with transaction(connection), connection.cursor() as cursor:
        rows = fetch_all(connection, statement("maintenance/lock_ranges"), key)
        whole = key | folded(span, rows)
        cursor.execute(statement("maintenance/delete_ranges"), key)
        cursor.execute(statement("maintenance/widen_range"), whole)


def folded(span: OffsetRange, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the rows of ``stream_batches`` say together.

    Raises:
        AuditFailedError: they do not tile ``span``, or not one driver applied them all.
    """
    at = span.start
    for row in rows:
        if row["start_offset"] != at or any(row[name] != rows[0][name] for name in SAME):
            raise AuditFailedError(
                f"The ledger's ranges in {span} do not follow one another at {at:,}.",
                next_step="`clickledger ledger audit`; docs/runbooks/audit-failed.md",
            )
        at = row["end_offset"]
    if at != span.end:
        raise AuditFailedError(f"The ledger's ranges in {span} end at {at:,}.")
    sums: dict[str, Any] = {name: sum(row[name] for row in rows) for name in SUMS}
    for name, choose in EXTREMES.items():
        known = [row[name] for row in rows if row[name] is not None]
        sums[name] = choose(known) if known else None
    return sums
