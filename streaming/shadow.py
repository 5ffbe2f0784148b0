"""Shadow recount: before taking over, count what was counted before, and compare (protocol P2).

The newest applied ranges are read from Kafka again and counted by this code, not written. So a
release that counts wrongly is found before it has written anything, and the JVM's compiler is warm
when the driver takes over. All this happens while the old writer works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.contract.rules import Rules
from clickledger.errors import ShadowMismatchError
from clickledger.kafka.topic_log import LogBounds
from clickledger.ledger.positions import OffsetRange, Position
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.spark.kafka_ranges import read_ranges
from clickledger.transforms.count import counted_rows
from streaming import counting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COMPARED = ("records", "accepted", "rejected", "clicks")


@dataclass(frozen=True, slots=True)
class Applied:
    """What the ledger says of a run of ranges of one partition, all judged by the same rules."""

    span: OffsetRange
    rules_version: int
    code_fingerprint: str  # of the newest of them
    totals: dict[str, int]


def newest_applied(
    connection: Connection[Cursor], topic: str, position: Position, bounds: LogBounds, most: int
) -> Applied | None:
    """The newest applied ranges of a partition that Kafka still holds, about ``most`` records.

    What a release has applied that was found bad proves nothing: the way back from it must not be
    barred by its own errors. The ranges before are compared.
    """
    parameters = (topic, position.partition, position.next_offset)
    found = fetch_all(connection, statement("stream/newest_ranges"), parameters)
    rows = list(dropwhile(lambda row: row["is_suspect"], found))
    if not rows:
        return None
    totals = dict.fromkeys(COMPARED, 0)
    start = end = rows[0]["end_offset"]
    for row in takewhile(lambda row: not row["is_suspect"], rows):
        same_rules = row["rules_version"] == rows[0]["rules_version"]
        enough = totals["records"] + row["records_read"] > most and totals["records"] > 0
        if row["start_offset"] < bounds.start or not same_rules or enough:
            break
        start = row["start_offset"]
        totals["records"] += row["records_read"]
        for name in COMPARED[1:]:
            totals[name] += int(row[name])
    if not totals["records"]:
        return None
    span = OffsetRange(position.partition, start, end)
    newest = rows[0]
    return Applied(span, newest["rules_version"], newest["code_fingerprint"], totals)


def recount(
    spark: SparkSession, settings: Settings, rules: Rules, applied: list[Applied]
) -> dict[int, dict[str, int]]:
    """Totals by partition of the same ranges, by the plans of ``counting``, which must agree.

    Of ranges that are longer than wanted, as a backlog leaves them, rows and groups come to the
    driver for their newest part only: it has no room for all of them. Spark adds up the whole.

    Raises:
        ShadowMismatchError: the two plans differ.
    """
    whole = [found.span for found in applied]
    most = max(settings.shadow_records // len(whole), 1)
    newest = [OffsetRange(s.partition, max(s.start, s.end - most), s.end) for s in whole]
    frame = read_ranges(spark, settings, newest)
    grouped = counting.partition_totals(counting.counted_groups(frame, rules))
    rows = counting.judged_rows(frame, rules)
    summed = counting.partition_totals(counted_rows(rows))
    if grouped != summed:
        raise ShadowMismatchError(f"The two plans differ: {grouped} and {summed}.")
    if newest != whole:
        grouped = counting.totals_by_spark(read_ranges(spark, settings, whole), rules)
    return {p: {name: total[name] for name in COMPARED} for p, total in grouped.items()}


def compare(
    applied: list[Applied], recounted: dict[int, dict[str, int]], rules_version: int
) -> tuple[list[str], list[str]]:
    """The differences in words: those that nothing explains, and those that other rules do."""
    differences: list[str] = []
    by_rules: list[str] = []
    for found in applied:
        now = recounted.get(found.span.partition, dict.fromkeys(COMPARED, 0))
        if now == found.totals:
            continue
        changes = ", ".join(
            f"{name} {found.totals[name]:,} -> {now[name]:,}"
            for name in COMPARED
            if now[name] != found.totals[name]
        )
        same_rules = found.rules_version == rules_version
        (differences if same_rules else by_rules).append(f"{found.span}: {changes}")
    return differences, by_rules


@dataclass(frozen=True, slots=True)
class Recounted:
    """What a shadow recount came to; ``changed_by_rules`` is what other rules would change."""

    records: int = 0
    changed_by_rules: tuple[str, ...] = ()

    def in_words(self) -> str:
        """For the log."""
        if not self.records:
            return "no shadow recount: nothing applied yet, or the same code and the same rules"
        if self.changed_by_rules:
            return f"other rules from here on would change {'; '.join(self.changed_by_rules)}"
        return f"shadow recount of {self.records:,} applied records agrees"

    def as_dict(self) -> dict[str, object]:
        """For ``stream_slots.shadow``."""
        return {"records": self.records, "changed_by_rules": list(self.changed_by_rules)}


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a shadow recount compares: this code and these rules against the ledger."""

    settings: Settings
    rules: Rules
    rules_version: int
    code_fingerprint: str

    def run(
        self, spark: SparkSession, applied: list[Applied], *, always: bool = False
    ) -> Recounted:
        """Recount ``applied`` where the settings want it, or ``always``.

        Raises:
            ShadowMismatchError: this code counts the same records differently, by the same rules.
        """
        if not applied or not (always or self._wanted(applied)):
            return Recounted()
        recounted = recount(spark, self.settings, self.rules, applied)
        differences, by_rules = compare(applied, recounted, self.rules_version)
        if differences:
            raise ShadowMismatchError(
                "This code counts applied records differently: " + "; ".join(differences) + ".",
                next_step="nothing was written; run the release that counted them, or restate",
            )
        records = sum(found.totals["records"] for found in applied)
        return Recounted(records, tuple(by_rules))

    def _wanted(self, applied: list[Applied]) -> bool:
        if self.settings.shadow != "changed":
            return self.settings.shadow == "always"
        ours = (self.rules_version, self.code_fingerprint)
        return any((found.rules_version, found.code_fingerprint) != ours for found in applied)


def newest_of_all(
    connection: Connection[Cursor],
    settings: Settings,
    positions: dict[int, Position],
    bounds: Mapping[int, LogBounds],
) -> list[Applied]:
    """The newest applied ranges of every partition, about ``shadow_records`` in all."""
    most = settings.shadow_records // max(len(positions), 1)
    found = [
        newest_applied(connection, settings.topic, position, bounds[partition], most)
        for partition, position in positions.items()
    ]
    return [item for item in found if item is not None]
