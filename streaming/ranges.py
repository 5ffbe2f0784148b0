"""The offset range of a micro-batch, read from the checkpoint's offset log.

Measured on Spark 4.2.0: the last line of ``offsets/<batch id>`` is where the batch ends, the last
line of ``offsets/<batch id - 1>`` (for batch 0: of ``sources/0/0``) where it begins.
"""

import json
from pathlib import Path

from clickledger.errors import CheckpointLostError
from clickledger.ledger.positions import OffsetRange


def batch_ranges(checkpoint: Path, topic: str, batch_id: int) -> list[OffsetRange]:
    """What micro-batch ``batch_id`` covers, by partition; partitions without new offsets left out.

    A partition that is new in this batch begins at offset 0: Spark refuses any other start.
    """
    before = checkpoint / (f"offsets/{batch_id - 1}" if batch_id else "sources/0/0")
    starts = _offsets(before, topic)
    ends = _offsets(checkpoint / f"offsets/{batch_id}", topic)
    ranges = [OffsetRange(p, starts.get(p, 0), end) for p, end in sorted(ends.items())]
    return [span for span in ranges if span.end > span.start]


def _offsets(file: Path, topic: str) -> dict[int, int]:
    try:
        last_line = file.read_text(encoding="utf-8").rstrip("\n").rsplit("\n", 1)[-1]
        return {int(p): int(offset) for p, offset in json.loads(last_line)[topic].items()}
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointLostError(
            f"The checkpoint file {file} is gone or not readable ({type(error).__name__}).",
            next_step="nothing, and nothing is lost: the stream is started again, at the ledger",
        ) from error
