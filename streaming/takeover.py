"""Take the stream over: the next epoch, a new generation, the ledger as starting offsets (P2)."""

from __future__ import annotations

import json
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import DatabaseUnreachableError
from clickledger.kafka.start_checks import LogState, check_start
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import Position, read_positions
from clickledger.mysql.connection import LOCK_WAIT_S, LOCK_WAIT_TIMEOUT, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from streaming.transaction import TRANSACTION_IDLE_S
from streaming.writer import Writer

GENERATIONS_FOLDER = "generations"
# Longer than any transaction of a writer: a frozen one loses its locks after TRANSACTION_IDLE_S.
FENCE_WAIT_S = TRANSACTION_IDLE_S + 20


@dataclass(frozen=True, slots=True)
class Identity:
    """What this process is, known before it takes over."""

    owner: str
    release: str
    code_fingerprint: str
    rules_version: int


def take_fence(connection: Connection[Cursor], owner: str) -> int:
    """Become the owner; returns the new epoch. The old writer cannot commit from here on."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {FENCE_WAIT_S}")
        connection.begin()
        try:
            cursor.execute(statement("stream/take_fence"), (owner,))
        except pymysql.err.OperationalError as error:
            connection.rollback()
            if error.args[0] != LOCK_WAIT_TIMEOUT:
                raise
            raise DatabaseUnreachableError(
                f"The stream's fence stayed locked for {FENCE_WAIT_S} s.",
                next_step="look for the transaction that holds it (SHOW ENGINE INNODB STATUS)",
            ) from None
        row = fetch_one(connection, statement("stream/read_fence"))
        connection.commit()
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_S}")
    assert row is not None  # noqa: S101 - the migration made the row
    return int(row["epoch"])


def take_over(
    connection: Connection[Cursor], log: TopicLog, settings: Settings, identity: Identity
) -> tuple[Writer, dict[int, int]]:
    """Take the fence, check again on what the old writer left, begin a generation.

    Returns the writer and the starting offset of every partition.

    Raises:
        KafkaDataLostError: as ``check_start``; the epoch is taken, nothing else was written.
    """
    epoch = take_fence(connection, identity.owner)
    positions = read_positions(connection, settings.topic)
    state = check_start(log, positions)
    writer = Writer(
        topic=settings.topic,
        topic_id=state.description.topic_id,
        epoch=epoch,
        owner=identity.owner,
        generation=str(uuid.uuid4()),
        rules_version=identity.rules_version,
        release=identity.release,
        code_fingerprint=identity.code_fingerprint,
    )
    starts = starting_offsets(state, positions)
    _write_origins(connection, writer, starts, positions)
    with connection.cursor() as cursor:
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


def starting_offsets(state: LogState, positions: dict[int, Position]) -> dict[int, int]:
    """The ledger; a partition without a ledger row begins at the oldest record kept."""
    oldest = {partition: bounds.start for partition, bounds in state.bounds.items()}
    applied = {partition: position.next_offset for partition, position in positions.items()}
    return dict(sorted((oldest | applied).items()))


def _write_origins(
    connection: Connection[Cursor],
    writer: Writer,
    starts: dict[int, int],
    positions: dict[int, Position],
) -> None:
    with connection.cursor() as cursor:
        for partition in starts.keys() - positions.keys():
            origin = starts[partition]
            row = (writer.topic, partition, writer.topic_id, origin, origin, writer.epoch)
            cursor.execute(statement("sink/add_partition"), row)


def make_checkpoint(home: Path, generation: str) -> Path:
    """A new, empty checkpoint directory of the generation."""
    folder = home / GENERATIONS_FOLDER / generation
    folder.mkdir(parents=True, mode=0o700)
    return folder
