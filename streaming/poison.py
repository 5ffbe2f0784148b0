"""A batch that fails again and again on its data: which records are it?

A driver that fails is started again, at the ledger, and meets the same records. When that has
happened ``ATTEMPTS`` times, parts of the batch are rehearsed: counted by the same transforms,
written by the same statements, and rolled back. What fails alone is named, and the driver halts: a
restart cannot mend it. What fails as a whole only, or everywhere, is not the data's fault and is
left to the supervisor, as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pymysql
from py4j.protocol import Py4JError, Py4JJavaError

from clickledger.errors import ClickledgerError, ExitCode, PoisonousRangeError
from clickledger.ledger.positions import OffsetRange
from streaming.ending import cause_of, ending_of

log = logging.getLogger(__name__)
ATTEMPTS = 3
MOST_NAMED = 5
RUNBOOK = "docs/runbooks/poisonous-range.md"
FAILED_ON_ITS_BATCH = {ExitCode.INTERNAL, ExitCode.POISONOUS_RANGE}
# Besides those that PyMySQL calls data or integrity errors: a sum out of range, a broken CHECK.
ABOUT_DATA = {1690, 3819, 4025}
OUT_OF_MEMORY = ("OutOfMemoryError", "UNABLE_TO_ACQUIRE_MEMORY")  # Java's and Spark's own

Rehearse = Callable[[OffsetRange], None]  # raises what the part's commit would raise


@dataclass(frozen=True, slots=True)
class Poison:
    """A part of a batch that fails alone, as small as it gets, and why."""

    span: OffsetRange
    why: str


def is_about_data(error: BaseException) -> bool:
    """Whether records may be the reason for ``error``, and not a server or this machine."""
    if isinstance(error, pymysql.MySQLError):
        known = isinstance(error, (pymysql.err.DataError, pymysql.err.IntegrityError))
        return known or error.args[:1] in {(code,) for code in ABOUT_DATA}
    if isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError):
        return False  # the JVM is gone
    if isinstance(error, (ClickledgerError, OSError, MemoryError)):
        return False
    if any(name in str(error) for name in OUT_OF_MEMORY):
        return False
    return ending_of(error).exit_code is ExitCode.INTERNAL


def failures_before(generations: Sequence[Mapping[str, Any]], generation: str) -> int:
    """How many drivers in a row have failed where ``generation`` begins.

    ``generations``: rows of sql/stream/recent_generations, newest first.
    """
    at = next(i for i, row in enumerate(generations) if row["generation"] == generation)
    begins = generations[at]["start_offsets"]
    count = 0
    for row in generations[at + 1 :]:
        if row["exit_code"] not in FAILED_ON_ITS_BATCH:
            break
        count += 1
        if row["start_offsets"] != begins:
            break  # it had come from further back, and failed here
    return count


class PoisonSearch:
    """Bisection of a failed batch by rehearsals. ``given_up``: the driver is asked to end."""

    def __init__(self, rehearse: Rehearse, given_up: Callable[[], bool]) -> None:
        self._rehearse = rehearse
        self._given_up = given_up
        self._passed = 0

    def run(self, spans: Sequence[OffsetRange]) -> list[Poison]:
        """The first few parts that fail alone; empty when it cannot be told.

        Raises:
            Exception: what kept a rehearsal from being one (a server that is away).
        """
        found: list[Poison] = []
        for span in spans:
            rest = span
            while rest and len(found) < MOST_NAMED and (why := self._failure(rest)):
                found.append(self._smallest(Poison(rest, why)))
                rest = OffsetRange(span.partition, found[-1].span.end, span.end)
        is_one_record = sum(map(len, spans)) == 1
        fails_everywhere = not self._passed and not is_one_record
        is_the_batch = len(spans) == 1 and [poison.span for poison in found] == [*spans]
        fails_as_a_whole = is_the_batch and not is_one_record
        return [] if fails_everywhere or fails_as_a_whole or self._given_up() else found

    def _smallest(self, failed: Poison) -> Poison:
        """One rehearsal a step: what the left half does not fail with must be in the right one."""
        span = failed.span
        while len(span) > 1:
            middle = (span.start + span.end) // 2
            left = OffsetRange(span.partition, span.start, middle)
            if why := self._failure(left):
                span, failed = left, Poison(left, why)
            else:
                span = OffsetRange(span.partition, middle, span.end)
        if span != failed.span and (why := self._failure(span)):
            return Poison(span, why)
        return failed  # itself, or a range that fails only together

    def _failure(self, span: OffsetRange) -> str:
        if self._given_up():
            return ""
        log.info("rehearsing %s, which will not be committed", span)
        try:
            self._rehearse(span)
        except Exception as error:
            if not is_about_data(error):
                raise
            return cause_of(error)
        self._passed += 1
        return ""


def examined(
    error: Exception, spans: Sequence[OffsetRange], search: PoisonSearch
) -> PoisonousRangeError | None:
    """What to end with instead of ``error``; ``None``: with ``error`` itself."""
    log.warning("failed %d times here: %s; looking for the records", ATTEMPTS, cause_of(error))
    try:
        found = search.run(spans)
    except Exception as other:
        log.warning("could not look for them: %s", cause_of(other))
        return None
    if not found:
        log.warning("no single part fails where others do not: it is not the data")
        return None
    told = "; ".join(f"{poison.span}: {poison.why}" for poison in found)
    more = " and perhaps others" if len(found) == MOST_NAMED else ""
    return PoisonousRangeError(
        f"These records cannot be counted, {ATTEMPTS} drivers failed on them: {told}{more}."
        f" Nothing of {', '.join(map(str, spans))} was committed.",
        next_step=RUNBOOK,
    )
