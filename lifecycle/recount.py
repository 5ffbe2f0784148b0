"""Count applied ranges again with the contract's plain-Python oracle, and keep what came of it.

After a takeover a few at once (``proof``), then one at each look (``watch``): a release that starts
to count wrongly after a while is found by these samples. The audit cannot see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import Rules
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import rules_of_version
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from lifecycle.samples import span_of

LARGEST_SAMPLE = 50_000  # records; half a second of one core, and what a look may cost


@dataclass(frozen=True, slots=True)
class Sample:
    """One range, counted again."""

    span: OffsetRange
    release_name: str
    records: int
    differences: tuple[str, ...]  # empty: the ledger says the same

    def in_words(self) -> str:
        """One line."""
        if self.differences:
            return f"{self.span}: {', '.join(self.differences)}"
        return f"{self.span}: {self.records:,} records, equal"


def sample(
    connection: Connection[Cursor], settings: Settings, rows: Sequence[dict[str, Any]]
) -> list[Sample]:
    """Count ``rows`` (of sql/lifecycle/epoch_batches) again; each result is kept.

    Raises:
        KafkaDataLostError, KafkaUnreachableError: the records are not to be had.
        ConfigurationError: they were judged by a contract that this checkout does not know.
    """
    samples = []
    with TopicLog(settings) as log:
        for row in rows:
            rules = rules_of_version(connection, row["rules_version"])
            samples.append(_counted_again(log, row, rules))
            told = samples[-1].in_words() if samples[-1].differences else None
            with connection.cursor() as cursor:
                cursor.execute(statement("lifecycle/add_sample"), {**row, "differences": told})
    return samples


def sample_newest(connection: Connection[Cursor], settings: Settings, epoch: int) -> Sample | None:
    """The newest range of the epoch that has not been sampled; ``None``: there is none.

    Raises:
        ClickledgerError: as ``sample``.
    """
    parameters = {"epoch": epoch, "most": LARGEST_SAMPLE}
    rows = fetch_all(connection, statement("lifecycle/newest_unsampled"), parameters)
    return next(iter(sample(connection, settings, rows)), None)


def _counted_again(log: TopicLog, row: dict[str, Any], rules: Rules) -> Sample:
    span = span_of(row)
    truth = {"records_read": 0, "accepted": 0, "rejected": 0, "clicks": 0}
    for record in log.records(span):
        verdict = judge(record.value, record.timestamp, rules)
        truth["records_read"] += 1
        if isinstance(verdict, Event):
            truth["accepted"] += 1
            truth["clicks"] += verdict.click
        else:
            truth["rejected"] += 1
    differences = tuple(
        f"{name.replace('_', ' ')} {row[name]:,} in the ledger, {value:,} in truth"
        for name, value in truth.items()
        if row[name] != value
    )
    return Sample(span, row["release_name"], truth["records_read"], differences)
