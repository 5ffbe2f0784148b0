"""Judges a batch of records by the whole contract, in bulk: for ``hand_ledger``.

The idea: every record of the usual form ``id|type|13 digits|1 to 3 digits`` is at least as long as
its fields written canonically. So if a batch parses, and its length is the sum of the canonical
lengths, then every single record has exactly that form: no sign, blank, zero in front or line end
hides in it. The ids are checked once a group, the times by their extremes. A batch of which that
cannot be said is taken apart: what a strict expression matches goes the same way, and the oracle
judges the rest one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from clickledger.clock import HOUR_MS, MINUTE_MS
from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import BYTE_ORDER_MARK, CONTROL, WHITE_SPACE, Reason, Rules
from streaming.batch import RejectedSample

SCHEMA = {"device": pl.String, "type": pl.String, "ms": pl.Int64, "click": pl.Int64}
KEYS = ["minute", "type", "device"]
TIME_DIGITS, MOST_CLICK_DIGITS = 13, 3
SEPARATORS = 3
# Narrower than the contract: what it does not match is judged by the oracle, with the same result.
USUAL = re.compile(rb"[!-{}~]{1,64}\|[!-{}~]{1,32}\|[1-9][0-9]{12}\|(?:0|[1-9][0-9]{0,2})")
CONTROL_CHARACTER = "[" + "".join(rf"\x{{{ord(each):x}}}" for each in sorted(CONTROL)) + "]"
NOT_AT_AN_END = "".join(sorted(WHITE_SPACE | {BYTE_ORDER_MARK}))
ARROW_KEYS = {"minute": "minute_ms", "type": "device_type", "device": "device_id"}
MINUTES = pa.schema(
    [
        *(("minute_ms", pa.int64()), ("device_type", pa.string()), ("device_id", pa.string())),
        *(("clicks", pa.int64()), ("events", pa.int64())),
    ]
)


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of one partition, in their order."""

    lines: bytes | None  # joined; None: the values themselves, for they are not lines
    values: list[bytes | None] | None
    kafka_times: NDArray[np.int64]
    offsets: Sequence[int]

    @classmethod
    def of(
        cls,
        values: list[bytes | None],
        kafka_times: NDArray[np.int64],
        offsets: Sequence[int],
    ) -> Part:
        """Joined at once, while they are in the processor's cache."""
        if None not in values:
            lines = b"\n".join(values)  # type: ignore[arg-type]
            if lines.count(b"\n") == len(values) - 1:
                return cls(lines, None, kafka_times, offsets)
        return cls(None, values, kafka_times, offsets)

    def records(self) -> list[bytes | None]:
        """The values again."""
        if self.values is not None:
            return self.values
        return list((self.lines or b"").split(b"\n"))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that broke a rule."""

    offset: int
    kafka_time_ms: int
    value: bytes | None
    reason: Reason

    @property
    def hour_ms(self) -> int:
        """The hour of its arrival."""
        return self.kafka_time_ms // HOUR_MS * HOUR_MS

    def sample(self, partition: int) -> RejectedSample:
        """For ``rejected_events``."""
        raw = None if self.value is None else self.value[:1_026]
        length = None if self.value is None else len(self.value)
        where = (partition, self.offset, str(self.reason))
        return RejectedSample(*where, raw, length, self.kafka_time_ms, self.hour_ms)


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch: its minute rows in primary key order (``CountedBatch.minutes``), and the rest."""

    records: int
    clicks: int
    minutes: pa.Table
    rejected: list[Rejected]
    time_min_ms: int | None
    time_max_ms: int | None
    kafka_time_min_ms: int
    kafka_time_max_ms: int

    def rejected_counts(self) -> pa.Table:
        """As ``CountedBatch.rejected``."""
        counts = Counter((each.hour_ms, str(each.reason)) for each in self.rejected)
        rows = [(*key, count) for key, count in sorted(counts.items())]
        hours, reasons, numbers = zip(*rows, strict=True) if rows else ((), (), ())
        columns = (pa.array(hours, pa.int64()), pa.array(reasons, pa.string()))
        names = ["arrival_hour_ms", "reason", "rejected"]
        return pa.table([*columns, pa.array(numbers, pa.int64())], names=names)


def judged(parts: Sequence[Part], rules: Rules) -> Judged:
    """All records of a batch by the contract."""
    kafka_min = min(int(part.kafka_times.min()) for part in parts)
    kafka_max = max(int(part.kafka_times.max()) for part in parts)
    records = sum(len(part.kafka_times) for part in parts)
    lines = [part.lines for part in parts if part.lines is not None]
    groups, rejected = None, list[Rejected]()
    if len(lines) == len(parts):
        groups = _in_bulk(b"\n".join(lines), records, (kafka_min, kafka_max), rules)
    if groups is None:
        groups, rejected = _apart(parts, (kafka_min, kafka_max), rules)
    times = (groups["time_min"].min(), groups["time_max"].max())
    return Judged(
        records=records,
        clicks=int(groups["clicks"].sum()),
        minutes=_minutes(groups),
        rejected=rejected,
        time_min_ms=times[0],  # type: ignore[arg-type]
        time_max_ms=times[1],  # type: ignore[arg-type]
        kafka_time_min_ms=kafka_min,
        kafka_time_max_ms=kafka_max,
    )


def _minutes(groups: pl.DataFrame) -> pa.Table:
    named = groups.select(*KEYS, "clicks", "events").rename(ARROW_KEYS)
    return named.to_arrow().cast(MINUTES)


def _in_bulk(
    lines: bytes, records: int, kafka_times: tuple[int, int], rules: Rules
) -> pl.DataFrame | None:
    """The groups of lines that all keep all rules; ``None``: it cannot be said of all of them."""
    try:
        groups = _grouped(lines)
    except (pl.exceptions.PolarsError, OSError):  # OSError: it takes the bytes for compressed ones
        return None
    proven = _canonical(groups, len(lines), records) and _in_time(groups, kafka_times, rules)
    return groups if proven and _good_ids(groups, rules) else None


def _grouped(lines: bytes) -> pl.DataFrame:
    events = pl.scan_csv(lines, separator="|", has_header=False, schema=SCHEMA, quote_char=None)
    click = pl.col("click")
    counted = events.group_by(
        (pl.col("ms") // MINUTE_MS * MINUTE_MS).alias("minute"), "type", "device"
    ).agg(
        click.sum().alias("clicks"),
        click.null_count().alias("no_click"),
        pl.len().cast(pl.Int64).alias("events"),
        pl.col("ms").min().alias("time_min"),
        pl.col("ms").max().alias("time_max"),
        click.min().alias("click_min"),
        click.max().alias("click_max"),
        *((click >= 10**digits).sum().alias(f"beyond_{digits}") for digits in _MORE_DIGITS),
    )
    return counted.collect(engine="streaming").sort(KEYS)  # MySQL likes primary key order


_MORE_DIGITS = range(1, MOST_CLICK_DIGITS)


def _canonical(groups: pl.DataFrame, length: int, records: int) -> bool:
    """Whether every line is its fields written canonically, and nothing else."""
    nulls = groups.null_count().sum_horizontal().item() + groups["no_click"].sum()
    if nulls or groups["events"].sum() != records:
        return False
    limits = groups.select(
        pl.col("time_min", "click_min").min(), pl.col("time_max", "click_max").max()
    ).row(0, named=True)
    if not (
        10 ** (TIME_DIGITS - 1) <= limits["time_min"] <= limits["time_max"] < 10**TIME_DIGITS
        and 0 <= limits["click_min"] <= limits["click_max"] < 10**MOST_CLICK_DIGITS
    ):
        return False
    ids = pl.col("device").str.len_bytes() + pl.col("type").str.len_bytes()
    of_ids = groups.select((ids.cast(pl.Int64) * pl.col("events")).sum()).item()
    more_digits = sum(int(groups[f"beyond_{digits}"].sum()) for digits in _MORE_DIGITS)
    of_each = TIME_DIGITS + 1 + SEPARATORS
    return bool(length == of_ids + more_digits + of_each * records + records - 1)


def _in_time(groups: pl.DataFrame, kafka_times: tuple[int, int], rules: Rules) -> bool:
    first, last = int(groups["time_min"].min()), int(groups["time_max"].max())  # type: ignore[arg-type]
    kafka_first, kafka_last = kafka_times
    return (
        rules.time_min_ms <= first
        and last < rules.time_max_ms
        and (rules.max_future_ms is None or last <= kafka_first + rules.max_future_ms)
        and (rules.max_age_ms is None or first >= kafka_last - rules.max_age_ms)
        and rules.max_click >= 10**MOST_CLICK_DIGITS - 1
        and rules.time_max_digits >= TIME_DIGITS
        and rules.click_max_digits >= MOST_CLICK_DIGITS
    )


def _good_ids(groups: pl.DataFrame, rules: Rules) -> bool:
    def good(name: str, max_chars: int) -> pl.Expr:
        column = pl.col(name)
        return (
            column.str.len_chars().is_between(1, max_chars)
            & (column.str.strip_chars(NOT_AT_AN_END) == column)
            & ~column.str.contains(CONTROL_CHARACTER)
        )

    both = good("device", rules.device_id_max_chars) & good("type", rules.device_type_max_chars)
    return bool(groups.select(both.all()).item())


def _apart(
    parts: Sequence[Part], kafka_times: tuple[int, int], rules: Rules
) -> tuple[pl.DataFrame, list[Rejected]]:
    records = [
        (offset, int(time_ms), value)
        for part in parts
        for offset, time_ms, value in zip(
            part.offsets, part.kafka_times, part.records(), strict=True
        )
    ]
    usual = [v for _, _, v in records if v is not None and USUAL.fullmatch(v)]
    groups = _in_bulk(b"\n".join(usual), len(usual), kafka_times, rules) if usual else None
    events: list[Event] = []
    rejected: list[Rejected] = []
    for offset, time_ms, value in records:
        if groups is not None and value is not None and USUAL.fullmatch(value):
            continue
        verdict = judge(value, time_ms, rules)
        if isinstance(verdict, Event):
            events.append(verdict)
        else:
            rejected.append(Rejected(offset, time_ms, value, verdict))
    return _together(groups, events), rejected


def _together(groups: pl.DataFrame | None, events: list[Event]) -> pl.DataFrame:
    columns = {
        "minute": [each.minute_ms for each in events],
        "type": [each.device_type for each in events],
        "device": [each.device_id for each in events],
        "clicks": [each.click for each in events],
        "events": [1] * len(events),
        "time_min": [each.time_ms for each in events],
        "time_max": [each.time_ms for each in events],
    }
    text = {"type": pl.String, "device": pl.String}
    odd = pl.DataFrame(columns, schema={name: text.get(name, pl.Int64) for name in columns})
    both = odd if groups is None else pl.concat([groups.select(odd.columns), odd])
    sums = (pl.col("clicks", "events").sum(), pl.col("time_min").min(), pl.col("time_max").max())
    return both.group_by(KEYS).agg(*sums).sort(KEYS)
