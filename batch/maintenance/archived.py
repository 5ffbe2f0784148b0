"""Segments of the archive: from its beginning on, once every hour that they hold is sealed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from batch.archive.files import remove_folder
from batch.archive.near import local_path
from batch.archive.segments import archive_origins
from batch.maintenance.folders import modified, remove, size
from batch.maintenance.items import Item, Kind, Work
from batch.spark import batch_session
from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import fetch_all, transaction
from clickledger.mysql.statements import statement

LITTER_IS_OLD = timedelta(days=1)  # an attempt that still writes is younger
FOLDER = re.compile(r"(\d+)/(\d{20})-.+")  # partition, start offset, attempt


@dataclass(frozen=True, slots=True)
class Segments:
    """The keeper of segments; names are PARTITION:START."""

    def items(self, work: Work) -> Iterator[Item]:
        """Per partition from the first segment on, up to the first that must stay."""
        for name, row in _deletable(work).items():
            detail = f"offsets {row['start_offset']:,} to {row['end_offset']:,}"
            yield Item(Kind.ARCHIVE, name, detail, row["bytes"] or 0)

    def delete(self, work: Work, name: str) -> str:
        """The rows first, in one transaction: files without a row are litter that nobody reads."""
        row = _deletable(work).get(name)
        if row is None:
            return "an hour of it is not sealed, or it is not the archive's first one"
        key = {
            "topic": work.settings.topic,
            "partition": row["kafka_partition"],
            "start": row["start_offset"],
            "end": row["end_offset"],
        }
        question = (key["topic"], key["partition"], key["start"])
        found = fetch_all(work.connection, statement("archive/files_of_segment"), question)
        folders = {each["path"].rpartition("/")[0] for each in found}
        if not _forget(work, key):
            return "somebody else has deleted it, or one before it is still there"
        _remove_all(work, folders)
        return ""


def _deletable(work: Work) -> dict[str, Mapping[str, Any]]:
    before = work.before(work.settings.keep_archive)
    if before is None:
        return {}
    rows = fetch_all(
        work.connection, statement("maintenance/segments"), {"topic": work.settings.topic}
    )
    found: dict[str, Mapping[str, Any]] = {}
    stays: set[int] = set()
    for row in rows:
        partition = row["kafka_partition"]
        if partition in stays or not _may_go(row, before):
            stays.add(partition)
            continue
        found[f"{partition}:{row['start_offset']}"] = row
    return found


def _may_go(row: Mapping[str, Any], before: datetime) -> bool:
    arrived = row["kafka_time_max_ms"]
    newest = to_epoch_ms(row["archived_at"]) if arrived is None else arrived
    return not row["not_sealed"] and not row["open_gaps"] and newest < to_epoch_ms(before)


def _forget(work: Work, key: Mapping[str, Any]) -> bool:
    with transaction(work.connection), work.connection.cursor() as cursor:
        if cursor.execute(statement("maintenance/move_origin"), key) != 1:
            return False
        for name in (
            "maintenance/delete_files",
            "maintenance/delete_archive_hours",
            "archive/clear_summaries",
            "maintenance/delete_segment",
        ):
            cursor.execute(statement(name), key)
    return True


def _remove_all(work: Work, folders: set[str]) -> None:
    if (root := local_archive(work)) is not None:
        for folder in folders:
            with suppress(FileNotFoundError):
                remove(root / folder)
    elif folders:
        with batch_session(work.settings) as spark:
            for folder in folders:
                remove_folder(spark, f"{work.settings.archive}/{folder}")


def local_archive(work: Work) -> Path | None:
    """The archive's folder, if it is one of this machine."""
    return local_path(work.settings.archive)


@dataclass(frozen=True, slots=True)
class Litter:
    """The keeper of what attempts left that died; only of an archive in a folder.

    One that no row lists may be the only copy of its records: the database was restored to an older
    dump, and Kafka does not hold them any more. So it stays until a listed one has them.
    """

    def items(self, work: Work) -> Iterator[Item]:
        """Folders that no row lists and nobody needs, older than any attempt."""
        for name, folder in _unlisted(work).items():
            yield Item(Kind.LITTER, name, "files that no segment lists", size(folder))

    def delete(self, work: Work, name: str) -> str:
        """One folder, if still nobody lists or needs it."""
        folder = _unlisted(work).get(name)
        if folder is None:
            return "a segment lists it, or no other folder has its records"
        remove(folder)
        return ""


def _unlisted(work: Work) -> dict[str, Path]:
    root, topic = local_archive(work), work.settings.topic
    if root is None or not (root / topic).is_dir():
        return {}
    listed = fetch_all(work.connection, statement("maintenance/listed_folders"), {"topic": topic})
    names = {row["folder"] for row in listed}
    origins = archive_origins(work.connection, topic)
    folders = {
        str(folder.relative_to(root)): folder
        for folder in sorted((root / topic).glob("*/*"))
        if folder.is_dir()
    }
    return {
        name: folder
        for name, folder in folders.items()
        if name not in names
        and modified(folder) < work.now - LITTER_IS_OLD
        and _is_elsewhere(folder, origins, listed)
    }


def _is_elsewhere(
    folder: Path, origins: Mapping[int, int], listed: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether a listed segment holds the offset at which it begins, or the archive begins later."""
    named = FOLDER.fullmatch(f"{folder.parent.name}/{folder.name}")
    if named is None:
        return False
    partition, start = int(named[1]), int(named[2])
    return start < origins.get(partition, 0) or any(
        row["kafka_partition"] == partition and row["start_offset"] <= start < row["end_offset"]
        for row in listed
    )
