"""Count a micro-batch: one Spark action, then small Arrow tables in the driver.

A batch's size is known before it runs, so the plan follows it (measured in docs/evidence): up to
``small_batch_records`` the judged rows come to the driver and are summed there, without a shuffle;
beyond that Spark groups them first.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from clickledger.clock import HOUR_MS
from clickledger.contract.rules import Rules
from clickledger.ledger.positions import OffsetRange, RecordIdentity
from clickledger.transforms.count import counted
from clickledger.transforms.judge import judged
from streaming.batch import CountedBatch, PartitionCount
from streaming.samples import Bin

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MINUTE_KEY = ["minute_ms", "device_type", "device_id"]
TOTALS = {
    "records": "sum",
    "accepted": "sum",
    "rejected": "sum",
    "clicks": "sum",
    "time_min_ms": "min",
    "time_max_ms": "max",
    "kafka_time_min_ms": "min",
    "kafka_time_max_ms": "max",
    "offset_min": "min",
    "offset_max": "max",
}


def within(frame: "DataFrame", spans: Sequence[OffsetRange]) -> "DataFrame":
    """Only the records of ``spans``."""
    from pyspark.sql import functions as f

    offset = f.col("offset")
    inside = [
        (f.col("partition") == s.partition) & (offset >= s.start) & (offset < s.end) for s in spans
    ]
    return frame.where(reduce(lambda a, b: a | b, inside))


def judged_rows(frame: "DataFrame", rules: Rules) -> pa.Table:
    """Every record of a small batch with its verdict, in the driver."""
    return judged(frame, rules).toArrow()


def counted_groups(frame: "DataFrame", rules: Rules) -> pa.Table:
    """The groups of a large batch, made by Spark."""
    return counted(frame, rules).toArrow()


def rejected_rows_of(frame: "DataFrame", rules: Rules, room: Mapping[Bin, int]) -> pa.Table:
    """The first rejected records of each bin with room, out of a large batch, read once for all.

    No bin gets more than the roomiest may have, so that what comes here stays small.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    hour_ms = f.expr(f"kafka_time_ms - pmod(kafka_time_ms, {HOUR_MS})")
    found = f.concat_ws(" ", hour_ms, "reason")
    rows = judged(frame, rules).where("reason IS NOT NULL").withColumn("bin", found)
    wanted = rows.where(f.col("bin").isin([f"{hour} {reason}" for hour, reason in room]))
    place = f.row_number().over(Window.partitionBy("bin").orderBy("partition", "offset"))
    first = wanted.withColumn("place", place).where(f.col("place") <= max(room.values()))
    return first.drop("bin", "place").toArrow()


def partition_totals(groups: pa.Table) -> dict[int, dict[str, int]]:
    """Sums, minima and maxima of the groups by Kafka partition."""
    is_accepted = pc.is_null(groups["reason"])
    table = groups.append_column(
        "accepted", pc.if_else(is_accepted, groups["records"], 0)
    ).append_column("rejected", pc.if_else(is_accepted, 0, groups["records"]))
    totals = table.group_by("partition").aggregate(list(TOTALS.items()))
    return {
        row["partition"]: {name: row[f"{name}_{how}"] for name, how in TOTALS.items()}
        for row in totals.to_pylist()
    }


def totals_by_spark(frame: "DataFrame", rules: Rules) -> dict[int, dict[str, int]]:
    """The sums of ``partition_totals``, of any number of groups: none comes to the driver."""
    from pyspark.sql import functions as f

    summed = (
        counted(frame, rules)
        .groupBy("partition")
        .agg(
            f.sum("records").alias("records"),
            f.expr("sum(CASE WHEN reason IS NULL THEN records ELSE 0 END)").alias("accepted"),
            f.expr("sum(CASE WHEN reason IS NULL THEN 0 ELSE records END)").alias("rejected"),
            f.sum("clicks").alias("clicks"),
        )
    )
    return {row.pop("partition"): row for row in summed.toArrow().to_pylist()}


def minute_rows(groups: pa.Table) -> pa.Table:
    """Accepted events per (minute, type, device) over all partitions, in primary key order."""
    accepted = groups.filter(pc.is_null(groups["reason"]))
    summed = accepted.group_by(MINUTE_KEY).aggregate([("clicks", "sum"), ("records", "sum")])
    named = summed.rename_columns({"clicks_sum": "clicks", "records_sum": "events"})
    return named.select([*MINUTE_KEY, "clicks", "events"]).sort_by(
        [(name, "ascending") for name in MINUTE_KEY]
    )


def rejected_rows(groups: pa.Table) -> pa.Table:
    """Rejected records per (hour of arrival, reason)."""
    rejected = groups.filter(pc.is_valid(groups["reason"]))
    summed = rejected.group_by(["arrival_hour_ms", "reason"]).aggregate([("records", "sum")])
    return summed.rename_columns({"records_sum": "rejected"}).sort_by(
        [("arrival_hour_ms", "ascending"), ("reason", "ascending")]
    )


def assemble(
    batch_id: int,
    spans: Iterable[OffsetRange],
    groups: pa.Table,
    totals: Mapping[int, Mapping[str, int]],
    last: Mapping[int, RecordIdentity | None],
) -> CountedBatch:
    """Put the groups, their totals and the identities of the last records together."""
    return CountedBatch(
        batch_id=batch_id,
        partitions=tuple(_part(s, totals.get(s.partition), last[s.partition]) for s in spans),
        minutes=minute_rows(groups),
        rejected=rejected_rows(groups),
        groups=groups.num_rows,
    )


def _part(
    span: OffsetRange, total: Mapping[str, int] | None, last: RecordIdentity | None
) -> PartitionCount:
    if total is None:
        return PartitionCount(span, 0, 0, 0, 0, None, None, None, None, last)
    return PartitionCount(
        span=span,
        records=total["records"],
        accepted=total["accepted"],
        rejected=total["rejected"],
        clicks=total["clicks"],
        event_time_min_ms=total["time_min_ms"],
        event_time_max_ms=total["time_max_ms"],
        kafka_time_min_ms=total["kafka_time_min_ms"],
        kafka_time_max_ms=total["kafka_time_max_ms"],
        last=last,
    )
