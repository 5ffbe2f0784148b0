"""Take the stream over: the next epoch, a new generation, the ledger as starting offsets (P2)."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.kafka.start_checks import check_start, starting_offsets
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.fence import fenced, take_fence
from clickledger.ledger.positions import Position, read_positions
from clickledger.mysql.statements import statement
from clickledger.settings import GENERATIONS_FOLDER, Settings
from streaming.writer import Writer


@dataclass(frozen=True, slots=True)
class Identity:
    """What this process is, known before it takes over.

    ``owner`` is its generation too, and so the name of its checkpoint: a standby has one already.
    """

    owner: str
    release: str
    code_fingerprint: str
    rules_version: int


def take_over(
    connection: Connection[Cursor], log: TopicLog, settings: Settings, identity: Identity
) -> tuple[Writer, dict[int, int]]:
    """Take the fence, check again on what the old writer left, begin a generation.

    Returns the writer and the starting offset of every partition.

    Raises:
        KafkaDataLostError: as ``check_start``; the epoch is taken, nothing else was written.
        StaleWriterError: another driver took the stream during the checks; nothing was written.
    """
    epoch = take_fence(connection, identity.owner)
    positions = read_positions(connection, settings.topic)
    state = check_start(log, positions)
    writer = Writer(
        topic=settings.topic,
        topic_id=state.description.topic_id,
        epoch=epoch,
        owner=identity.owner,
        generation=identity.owner,
        rules_version=identity.rules_version,
        release=identity.release,
        code_fingerprint=identity.code_fingerprint,
    )
    starts = starting_offsets(state, positions)
    with fenced(connection, epoch, writer.owner), connection.cursor() as cursor:
        _write_origins(cursor, writer, starts, positions)
        cursor.execute(
            statement("stream/add_generation"),
            (
                *(writer.generation, epoch, identity.release, identity.code_fingerprint),
                *(identity.rules_version, json.dumps(starts)),
            ),
        )
        told = {"epoch": epoch, "generation": writer.generation, "release": writer.release}
        here = {"host": socket.gethostname(), "pid": os.getpid()}
        cursor.execute(statement("stream/running"), told | here)
    return writer, starts


def _write_origins(
    cursor: Cursor, writer: Writer, starts: dict[int, int], positions: dict[int, Position]
) -> None:
    for partition in starts.keys() - positions.keys():
        origin = starts[partition]
        row = (writer.topic, partition, writer.topic_id, origin, origin, writer.epoch)
        cursor.execute(statement("sink/add_partition"), row)


def make_checkpoint(home: Path, generation: str) -> Path:
    """A new, empty checkpoint directory of the generation."""
    folder = home / GENERATIONS_FOLDER / generation
    folder.mkdir(parents=True, mode=0o700)
    return folder
