"""Where generated events go."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

from clickledger.generator.events import Chunk
from clickledger.sending.pacing import RatePace
from clickledger.sending.sender import MOST_OUTSTANDING, Sender

SLICE_S = 0.05  # a paced output is written in slices of this length


class Output(Protocol):
    """Takes events in order."""

    def write(self, values: Sequence[bytes]) -> None:
        """Take these events."""

    @property
    def stalled(self) -> bool:
        """Whether the receiver has stopped taking them, so that more would only queue up."""


class LineOutput:
    """One line an event. Nothing is held back."""

    stalled = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, values: Sequence[bytes]) -> None:
        """Write and flush them."""
        self._stream.write(b"\n".join(values) + b"\n")
        self._stream.flush()


class KafkaOutput:
    """Records of the topic, on all partitions in turn."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._written = 0

    def write(self, values: Sequence[bytes]) -> None:
        """Hand them over; waits when too many are not yet acknowledged."""
        for value in values:
            self._sender.send(value, self._written % self._sender.partitions)
            self._written += 1

    @property
    def stalled(self) -> bool:
        """Half of what may be outstanding is: the broker is away."""
        self._sender.collect()
        return self._sender.outstanding > MOST_OUTSTANDING // 2


def paced(chunks: Iterator[Chunk], rate: float | None) -> Iterator[tuple[Chunk, Sequence[bytes]]]:
    """The events of each chunk, in slices that keep to ``rate`` events a second."""
    if rate is None:
        for chunk in chunks:
            yield chunk, chunk.values
        return
    size = max(int(rate * SLICE_S), 1)
    pace = RatePace(rate / size)
    for chunk in chunks:
        for first in range(0, len(chunk.values), size):
            pace.wait(b"")
            yield chunk, chunk.values[first : first + size]
