"""A large batch is counted and committed in parts, of which none has too many groups.

How many groups a backlog has is known when it is counted: one a device in a good hour, one a record
when many devices send for many minutes. A million of those filled a heap of 700 MiB, one and a half
million one of 1 GiB. So the first part of a driver's life is small, and each next one as large as
the groups of the one before let it be: a driver that ran out of memory begins small again.

Ranges that an operator named are parts of their own, so that his word holds for them exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clickledger.ledger.positions import OffsetRange


class Parts:
    """Cuts batches into parts of about ``most_groups`` groups, each inside ``named`` or outside."""

    def __init__(self, most_groups: int, named: Iterable[OffsetRange] = ()) -> None:
        self._most_groups = most_groups
        self._edges = {(span.partition, edge) for span in named for edge in (span.start, span.end)}
        self._most_offsets = most_groups  # as if each record were a group

    def cut(self, spans: Sequence[OffsetRange]) -> tuple[list[OffsetRange], list[OffsetRange]]:
        """The part to count now, about the same share of each partition, and the rest."""
        size = sum(map(len, spans))
        part: list[OffsetRange] = []
        rest: list[OffsetRange] = []
        for span in spans:
            middle = span.end
            if size > self._most_offsets:
                middle = span.start + max(len(span) * self._most_offsets // size, 1)
            middle = self._before_an_edge(span.partition, span.start, middle)
            part.append(OffsetRange(span.partition, span.start, middle))
            if middle < span.end:
                rest.append(OffsetRange(span.partition, middle, span.end))
        return part, rest

    def _before_an_edge(self, partition: int, start: int, end: int) -> int:
        edges = (edge for of, edge in self._edges if of == partition and start < edge < end)
        return min(edges, default=end)

    def counted(self, part: Sequence[OffsetRange], groups: int) -> None:
        """Hear how many groups a part had: the size of the next one follows."""
        size = sum(map(len, part))
        allowed = max(self._most_groups * size // max(groups, 1), 1)
        was_full = 2 * size > self._most_offsets  # a small one says nothing of larger ones
        self._most_offsets = allowed if was_full else min(allowed, self._most_offsets)
