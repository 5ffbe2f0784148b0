"""The records that shall fill a gap: from a file of raw events, or from files of an archive.

Raw events have no offsets: the first line stands for the gap's first offset, and so on. Nor have
they a Kafka timestamp: they are judged as if they had arrived with the first record behind the gap.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from clickledger.errors import UsageError
from clickledger.ledger.gaps import Gap
from clickledger.sending.lines import Source, read_lines

NO_TIMESTAMP_TYPE = -1  # Kafka's own word for: not known
CREATE_TIME = 0
SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("timestamp_type", pa.int32()),
        ("key", pa.binary()),
        ("value", pa.binary()),
    ]
)
NEXT_STEP = "`clickledger ledger gaps` shows what is missing"


def records_for(topic: str, gap: Gap, path: Path, *, fewer: bool) -> pa.Table:
    """Records for the offsets of ``gap``, in the archive's columns, ascending.

    Raises:
        UsageError: they do not fit: too many, too few (unless ``fewer`` are meant), of other
            offsets, of another time.
    """
    is_archive = path.is_dir() or path.suffix == ".parquet"
    found = _archived(topic, gap, path) if is_archive else _lines(topic, gap, path)
    if found.num_rows < len(gap.span) and not fewer:
        raise UsageError(
            f"{gap.span} has {len(gap.span):,} offsets, {path} fills {found.num_rows:,} of them.",
            next_step="find the others, or say --fewer if these are all that there were",
        )
    return found


def _lines(topic: str, gap: Gap, path: Path) -> pa.Table:
    span = gap.span
    with Source(path).opened() as (stream, _):
        values = list(islice(read_lines(stream), len(span) + 1))
    if len(values) > len(span) or not values:
        many = "more lines than that" if values else "no line"
        raise UsageError(
            f"{span} has {len(span):,} offsets, {path} has {many}.", next_step=NEXT_STEP
        )
    size = len(values)
    columns = [
        pa.repeat(pa.scalar(topic), size),
        pa.repeat(pa.scalar(span.partition, pa.int32()), size),
        pa.array(range(span.start, span.start + size), pa.int64()),
        pa.repeat(pa.scalar(gap.arrived_before_ms * 1000, pa.timestamp("us", "UTC")), size),
        pa.repeat(pa.scalar(NO_TIMESTAMP_TYPE, pa.int32()), size),
        pa.nulls(size, pa.binary()),
        pa.array(values, pa.binary()),
    ]
    return pa.table(columns, schema=SCHEMA)


def _archived(topic: str, gap: Gap, path: Path) -> pa.Table:
    span = gap.span
    inside = (
        (ds.field("topic") == topic)
        & (ds.field("partition") == span.partition)
        & (ds.field("offset") >= span.start)
        & (ds.field("offset") < span.end)
    )
    try:
        found = ds.dataset(path, format="parquet").to_table(SCHEMA.names, filter=inside)
        found = found.cast(SCHEMA).sort_by("offset")
    except (pa.ArrowException, OSError) as error:
        raise UsageError(
            f"{path} is no archive of raw records: {str(error).splitlines()[0]}",
            next_step="give files that `clickledger archive` wrote, or a file of raw events",
        ) from None
    if not found.num_rows:
        raise UsageError(f"{path} has no record of {span} of {topic!r}.", next_step=NEXT_STEP)
    if pc.count_distinct(found["offset"]).as_py() != found.num_rows:
        raise UsageError(f"{path} has offsets of {span} more than once.")
    _require_time(gap, found, path)
    return found


def _require_time(gap: Gap, found: pa.Table, path: Path) -> None:
    """Where the broker stamps records, their times ascend with their offsets."""
    if CREATE_TIME in found["timestamp_type"].unique().to_pylist():
        return
    arrived = found["timestamp"].cast(pa.int64())
    first, last = pc.min(arrived).as_py() // 1000, pc.max(arrived).as_py() // 1000
    if first < (gap.arrived_after_ms or 0) or last > gap.arrived_before_ms:
        raise UsageError(
            f"The records of {path} arrived at another time than those of {gap.span}: they are of"
            " another topic of the same name."
        )
