"""Raw records again: from the archive's files by DuckDB, from Kafka what is not archived yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batch.archive.near import local_files_of
from clickledger.clock import MINUTE_MS, to_epoch_ms
from clickledger.contract.rules import DELIMITER
from clickledger.errors import ArchiveIncompleteError
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

MEMORY = "500MB"
MOST_RECORDS = 100_000  # of one key and minute
TIMESTAMP_TYPES = {0: "CreateTime", 1: "LogAppendTime"}


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One Kafka record. ``file`` and ``segment``: where the archive has it, if it does.

    ``rules_version``: by which the ledger judged it; ``None``: it is not counted yet.
    """

    topic: str
    partition: int
    offset: int
    kafka_time_ms: int
    timestamp_type: str
    value: bytes | None
    rules_version: int | None
    segment: OffsetRange | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class MinuteKey:
    """What a figure is of; ``minute_ms`` begins it."""

    minute_ms: int
    device_type: str
    device_id: str

    @property
    def prefix(self) -> bytes:
        """How the value of every record of the device begins."""
        return f"{self.device_id}{DELIMITER}{self.device_type}{DELIMITER}".encode()

    def may_be(self, value: bytes | None) -> bool:
        """Whether a value names the key, valid or not."""
        if value is None or not value.startswith(self.prefix):
            return False
        time = value.removeprefix(self.prefix).partition(DELIMITER.encode())[0]
        if not time.isdigit() or len(time) > 18:
            return False
        return self.minute_ms <= int(time) < self.minute_ms + MINUTE_MS


def archived_of_key(
    settings: Settings, files: Sequence[Mapping[str, Any]], key: MinuteKey
) -> list[RawRecord]:
    """The records of ``files`` (rows of sql/trace/files_of_hour) that name the key, by offset."""
    return _from_files(
        settings,
        files,
        "duckdb/records_of_key",
        prefix=key.prefix,
        prefix_end=key.prefix[:-1] + bytes([key.prefix[-1] + 1]),
        start_ms=key.minute_ms,
        end_ms=key.minute_ms + MINUTE_MS,
        most=MOST_RECORDS,
    )


def archived_at(
    settings: Settings, files: Sequence[Mapping[str, Any]], partition: int, offset: int
) -> RawRecord | None:
    """The record at an offset; ``None``: the files hold none there."""
    found = _from_files(settings, files, "duckdb/record_at", partition=partition, offset=offset)
    return found[0] if found else None


def _from_files(
    settings: Settings, files: Sequence[Mapping[str, Any]], question: str, **parameters: Any
) -> list[RawRecord]:
    import duckdb

    if not files:
        return []
    by_path = {f"{settings.archive}/{row['path']}": row for row in files}
    try:
        with (
            local_files_of(settings, list(by_path)) as near,
            duckdb.connect(config={"memory_limit": MEMORY}) as connection,
        ):
            found = connection.sql(
                statement(question), params={"files": list(near.values()), **parameters}
            ).fetchall()
    except duckdb.IOException as error:
        raise ArchiveIncompleteError(
            f"A file of the archive cannot be read: {str(error).splitlines()[0]}",
            next_step="docs/runbooks/archive-incomplete.md",
        ) from None
    by_file = {near[path]: row for path, row in by_path.items()}
    return [_archived(settings.topic, row, by_file[row[-1]]) for row in found]


def _archived(topic: str, row: Sequence[Any], file: Mapping[str, Any]) -> RawRecord:
    partition, offset, time_ms, kind, value, _ = row
    return RawRecord(
        *(topic, partition, offset, time_ms, TIMESTAMP_TYPES.get(kind, "unknown"), value),
        rules_version=file["rules_version"],
        segment=OffsetRange(partition, file["start_offset"], file["end_offset"]),
        file=file["path"],
    )


def in_kafka(log: TopicLog, spans: Iterable[tuple[OffsetRange, int | None]]) -> Iterator[RawRecord]:
    """Committed records of ranges, each with the rules version that judged it."""
    for span, rules_version in spans:
        for record in log.records(span) if len(span) else ():
            yield RawRecord(
                *(log.topic, span.partition, record.offset, record.timestamp),
                TIMESTAMP_TYPES.get(record.timestamp_type, "unknown"),
                record.value,
                rules_version,
            )


def key_of(minute: Any, device_type: str, device_id: str) -> MinuteKey:
    """A figure's key from its row's."""
    return MinuteKey(to_epoch_ms(minute), device_type, device_id)
