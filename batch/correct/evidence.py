"""Why an hour differs, decided from evidence, never guessed.

What we write ourselves is consistent: a transaction changes minute rows, type rows and the ledger
together. So a type row that is not the sum of its minute rows was changed by hand, and so were rows
that make the books not balance. What balances and still differs from the recount was counted
wrongly by a release; if that is the very code that recounts, nobody knows why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.causes import Cause
from batch.correct.owed import Owed, owed_to
from batch.recount.compare import Difference
from batch.recount.counting import Counts
from batch.recount.snapshot import Group, TypeRow
from batch.recount.suspects import WrongRange
from clickledger.clock import HOUR_MS, to_epoch_ms
from clickledger.ledger.audit import books_balance
from clickledger.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a cause."""

    inconsistent: frozenset[Group]  # whose type row is not the sum of its minute rows
    books_balance: Callable[[], bool]  # asked only where the answer speaks for something
    wrong: Sequence[WrongRange]  # ranges that may have events of the hour
    releases: Sequence[tuple[str, str]]  # (name, code fingerprint) of all that counted its segments
    code_fingerprint: str  # of what recounts
    owed: Owed

    def by_cause(self, differences: Iterable[Difference]) -> dict[Cause, list[Difference]]:
        """The differences of an hour by their causes.

        What is owed comes off first, as a difference of its own; the rest has another cause.
        """
        found, rest = taken_apart(differences, self.owed)
        consistent = [each for each in rest if each.key[:2] not in self.inconsistent]
        cause = self._of_consistent_rows(consistent)
        for each in rest:
            by_hand = each.key[:2] in self.inconsistent
            found.setdefault(Cause.MANUAL_CHANGE if by_hand else cause, []).append(each)
        return found

    def _of_consistent_rows(self, rows: Sequence[Difference]) -> Cause:
        clicks = sum(row.clicks_delta for row in rows)
        events = sum(row.events_delta for row in rows)
        # Rows that come to the right sums are not why books do not balance, if they do not.
        if (clicks or events) and not self.wrong and not self.books_balance():
            return Cause.MANUAL_CHANGE  # every range was counted rightly: not by the stream
        codes = [found.code_fingerprint for found in self.wrong]
        if not codes:  # right sums under wrong keys, by whichever release wrote them
            codes = [code for _, code in self.releases]
        # Nobody has counted anything of the hour below the cut: no release is to blame.
        return Cause.RELEASE if codes and self.code_fingerprint not in codes else Cause.UNKNOWN


def taken_apart(
    differences: Iterable[Difference], owed: Owed
) -> tuple[dict[Cause, list[Difference]], list[Difference]]:
    """What is owed of each difference, by cause, and what is left of it."""
    found: dict[Cause, list[Difference]] = {}
    left = []
    for difference in differences:
        rest = difference
        for cause, (clicks, events) in owed.of(difference.key).items():
            after = (rest.clicks + clicks, rest.events + events)
            part = replace(rest, recount_clicks=after[0], recount_events=after[1])
            found.setdefault(cause, []).append(part)
            rest = replace(rest, clicks=after[0], events=after[1])
        if rest.clicks_delta or rest.events_delta:
            left.append(rest)
    return found, left


def changed_by_rules(
    differences: Sequence[Difference], owed: Owed
) -> dict[Cause, list[Difference]]:
    """What other rules change, by cause; ``owed`` is how they change what is owed."""
    known = {each.key for each in differences}
    # A key of which one record comes and another goes has no difference, and two corrections.
    even = [Difference(*key, 0, 0, 0, 0) for key in sorted(owed.keys - known)]
    found, rest = taken_apart((*differences, *even), owed)
    return {**found, Cause.RULES: rest} if rest else found


def evidence_of(
    connection: Connection[Cursor],
    spark: SparkSession,
    settings: Settings,
    counts: Counts,
    code: str,
) -> Evidence:
    """What speaks for a cause in an hour that ``code`` has counted again."""
    start, sources = to_epoch_ms(counts.hour), counts.sources
    return Evidence(
        inconsistent=inconsistent_types(counts.stream, counts.types),
        books_balance=cache(partial(books_balance, settings)),
        wrong=[found for found in sources.wrong if found.touches(start, start + HOUR_MS)],
        releases=sources.releases,
        code_fingerprint=code,
        owed=owed_to(connection, spark, settings.topic, counts),
    )


def inconsistent_types(minutes: pa.Table, types: Mapping[Group, TypeRow]) -> frozenset[Group]:
    """Type rows that are not the sums of these minute rows, or are missing, or surplus."""
    summed = minutes.group_by(["minute_ms", "device_type"]).aggregate(
        [("clicks", "sum"), ("events", "sum"), ("device_id", "count")]
    )
    derived = {
        (row["minute_ms"], row["device_type"]): (
            row["clicks_sum"],
            row["events_sum"],
            row["device_id_count"],
        )
        for row in summed.to_pylist()
    }
    groups = derived.keys() | types.keys()
    return frozenset(group for group in groups if derived.get(group) != types.get(group))
