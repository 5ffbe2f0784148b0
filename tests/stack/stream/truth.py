"""What the tables must hold: the oracle over every committed record of the topic."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.oracle import Event, judge
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


class Truth:
    """What the oracle makes of a topic. Carried on from one look to the next: a record never
    changes, and judging one takes longer than counting it does."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits: dict[str, int] = {}
        self._forget("")

    def judge_from_here(self, cut: Mapping[int, int], **limits: int) -> None:
        """From ``cut`` on these limits of ``Rules`` hold, not the contract's."""
        self.books(cut)
        self._limits = limits

    def _forget(self, topic_id: str) -> None:
        self._topic_id = topic_id
        self._judged: dict[int, int] = {}  # next offset by partition
        self._clicks: Counter[Minute] = Counter()
        self._events: Counter[Minute] = Counter()
        self._rejected: Counter[tuple[datetime, str]] = Counter()

    def books(self, cut: Mapping[int, int]) -> Books:
        """Every record below ``cut`` (next offsets by partition), judged in plain Python."""
        with TopicLog(self._settings) as log:
            description = log.describe()
            gone_back = any(cut.get(p, 0) < offset for p, offset in self._judged.items())
            if gone_back or description.topic_id != self._topic_id:
                self._forget(description.topic_id)
            found = effective_rules(self._settings, log_append_time=description.log_append_time)
            rules = replace(found, **self._limits)
            bounds = log.bounds(description.partitions)
            for partition, end in cut.items():
                start = self._judged.get(partition, bounds[partition].start)
                for record in log.records(OffsetRange(partition, start, end)):
                    self._take(record.timestamp, judge(record.value, record.timestamp, rules))
                self._judged[partition] = end
        minutes = {key: (self._clicks[key], count) for key, count in self._events.items()}
        return Books(minutes, types_of(minutes), dict(self._rejected))

    def _take(self, kafka_time_ms: int, verdict: Event | Reason) -> None:
        if isinstance(verdict, Reason):
            hour = from_epoch_ms(kafka_time_ms // HOUR_MS * HOUR_MS)
            self._rejected[hour, verdict.value] += 1
        else:
            key = (from_epoch_ms(verdict.minute_ms), verdict.device_type, verdict.device_id)
            self._clicks[key] += verdict.click
            self._events[key] += 1


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
