"""Which offsets of a segment are judged by which version of the rules, for an hour (P3).

A range is judged by the version that the stream recorded with it, except for hours that were
restated: their events below the restatement's cut are judged by its version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from batch.archive.segments import Segment
from batch.recount.restatements import Restatement
from clickledger.contract.rules import Rules
from clickledger.ledger.positions import OffsetRange


@dataclass(frozen=True, slots=True)
class Slice:
    """Offsets of one segment that are judged alike."""

    segment: Segment
    span: OffsetRange
    rules_version: int
    restated_by: tuple[str, str] | None  # release and code; none: as the stream judged it

    @property
    def is_whole(self) -> bool:
        """Whether it is all of its segment."""
        return self.span == self.segment.span


@dataclass(frozen=True, slots=True)
class Part:
    """Files, which of their offsets to count, and the rules to judge them by."""

    rules: Rules
    paths: tuple[str, ...]
    spans: tuple[OffsetRange, ...]  # one a partition


def slices(segment: Segment, restated: Restatement | None) -> Iterator[Slice]:
    """A segment; in two slices where the restatement's cut falls inside it."""
    span, middle = segment.span, segment.span.start
    if restated:
        cut = restated.cut.get(span.partition, span.start)
        middle = min(max(cut, span.start), span.end)
        below = OffsetRange(span.partition, span.start, middle)
        if len(below):
            yield Slice(segment, below, restated.rules_version, restated.release)
    above = OffsetRange(span.partition, middle, span.end)
    if len(above):
        yield Slice(segment, above, segment.rules_version, None)


def parts(
    judged: Iterable[Slice],
    files: Mapping[Segment, tuple[str, ...]],
    rules: Mapping[int, Rules],
    cut: Mapping[int, int],
) -> Iterator[Part]:
    """What to count below ``cut``: whole segments together, those in two slices by themselves."""
    whole: dict[int, list[str]] = {}
    for each in judged:
        paths = files[each.segment]
        if each.is_whole:
            whole.setdefault(each.rules_version, []).extend(paths)
            continue
        partition, start, end = each.span.partition, each.span.start, each.span.end
        span = OffsetRange(partition, start, min(end, cut[partition]))
        if paths and len(span) > 0:
            yield Part(rules[each.rules_version], paths, (span,))
    everything = tuple(OffsetRange(partition, 0, end) for partition, end in sorted(cut.items()))
    for version, paths_of_version in sorted(whole.items()):
        if paths_of_version:
            yield Part(rules[version], tuple(paths_of_version), everything)
