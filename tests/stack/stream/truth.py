"""What the tables must hold: the oracle over every committed record of the topic."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import effective_rules
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings

Minute = tuple[datetime, str, str]
Type = tuple[datetime, str]


@dataclass(frozen=True)
class Books:
    """The public figures: (clicks, events) a minute row, (clicks, events, devices) a type row."""

    minutes: dict[Minute, tuple[int, int]]
    types: dict[Type, tuple[int, int, int]]
    rejected: dict[tuple[datetime, str], int]


def true_books(settings: Settings, cut: Mapping[int, int]) -> Books:
    """Judge every record below ``cut`` (next offsets by partition) in plain Python."""
    clicks: Counter[Minute] = Counter()
    events: Counter[Minute] = Counter()
    rejected: Counter[tuple[datetime, str]] = Counter()
    with TopicLog(settings) as log:
        description = log.describe()
        rules = effective_rules(settings, log_append_time=description.log_append_time)
        bounds = log.bounds(description.partitions)
        for partition, end in cut.items():
            for record in log.records(OffsetRange(partition, bounds[partition].start, end)):
                verdict = judge(record.value, record.timestamp, rules)
                if isinstance(verdict, Reason):
                    hour = from_epoch_ms(record.timestamp // HOUR_MS * HOUR_MS)
                    rejected[hour, verdict.value] += 1
                else:
                    minute = from_epoch_ms(verdict.minute_ms)
                    clicks[minute, verdict.device_type, verdict.device_id] += verdict.click
                    events[minute, verdict.device_type, verdict.device_id] += 1
    minutes = {key: (clicks[key], count) for key, count in events.items()}
    return Books(minutes, types_of(minutes), dict(rejected))


def types_of(minutes: dict[Minute, tuple[int, int]]) -> dict[Type, tuple[int, int, int]]:
    """Type totals by definition: sums and the number of rows."""
    types: dict[Type, tuple[int, int, int]] = {}
    for (minute, kind, _), (clicks, events) in minutes.items():
        before = types.get((minute, kind), (0, 0, 0))
        types[minute, kind] = (before[0] + clicks, before[1] + events, before[2] + 1)
    return types


def read_books(settings: Settings) -> Books:
    """What the tables hold."""
    with connected(settings, Role.READER) as connection:
        minutes = fetch_all(connection, "SELECT * FROM clicks_by_minute")
        types = fetch_all(connection, "SELECT * FROM type_clicks_by_minute")
        rejected = fetch_all(connection, "SELECT * FROM rejected_counts")
    return Books(
        {
            (row["minute"], row["device_type"], row["device_id"]): (row["clicks"], row["events"])
            for row in minutes
        },
        {
            (row["minute"], row["device_type"]): (row["clicks"], row["events"], row["devices"])
            for row in types
        },
        {(row["hour"], row["reason"]): row["rejected"] for row in rejected},
    )
