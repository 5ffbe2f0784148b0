"""What the stream has counted for some hours, all of one moment, and the cut of that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.due import spans
from batch.recount.minutes import stored_minutes
from clickledger.clock import to_epoch_ms
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import fetch_all
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import placeholders, statement

Group = tuple[int, str]  # minute_ms, device_type
TypeRow = tuple[int, int, int]  # clicks, events, devices


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Minute and type rows of some hours, and the ledger, as they were together."""

    cut: dict[int, int]
    versions: dict[datetime, int]  # of the hours that are ours, in a dry run of any that may be
    minutes: pa.Table
    types: dict[Group, TypeRow]


def take_snapshot(
    connection: Connection[Cursor],
    topic: str,
    run: str | None,
    hours: Sequence[datetime],
    *,
    held: bool = False,
) -> Snapshot:
    """Read ``hours``, ascending, in one consistent snapshot (protocol P6, step 2).

    ``held``: an hour that is held can be ours too. No ``run``: a dry run, which owns none.
    """
    with consistent_snapshot(connection):
        positions = read_positions(connection, topic)
        rows = fetch_all(
            connection, statement("batch/hours_of").format(hours=placeholders(hours)), hours
        )
        minutes = [stored_minutes(connection, start, end) for start, end in spans(hours)]
        types = [row for span in spans(hours) for row in _type_rows(connection, span)]
    return Snapshot(
        cut=next_offsets(positions),
        versions={
            row["hour"]: row["version"]
            for row in rows
            if (row["owner_run"] == run if run else row["state"] != "sealed")
            and (held or not row["held"])
        },
        minutes=pa.concat_tables(minutes),
        types=dict(types),
    )


def _type_rows(
    connection: Connection[Cursor], span: tuple[datetime, datetime]
) -> list[tuple[Group, TypeRow]]:
    rows = fetch_all(connection, statement("batch/type_minutes"), span)
    return [
        (
            (to_epoch_ms(row["minute"]), row["device_type"]),
            (row["clicks"], row["events"], row["devices"]),
        )
        for row in rows
    ]
