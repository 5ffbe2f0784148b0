"""Which hours are due (protocol P4): nothing that belongs to them can still be on its way.

An hour is due when every partition's ledger has reached the first record that arrived ``settle``
after its end, or an end of the log that was seen after that moment. So nothing is reconciled while
the stream lags. Where clients set a record's time (`CreateTime`), one of them may be days ahead:
there only the end counts that is seen now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import from_epoch_ms, to_epoch_ms, utc_now
from clickledger.errors import UsageError
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import fetch_all, fetch_one
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.waiting import wait_for

HOUR = timedelta(hours=1)
EVER = (datetime(1970, 1, 1), datetime(9999, 1, 1))  # noqa: DTZ001 - UTC without a zone
CATCH_UP_S = 30.0  # until the ledger reaches an end that was seen; a stream that lags takes longer
Settled = Mapping[int, int]  # partition: the offset that the ledger had to reach


def due_hours(
    connection: Connection[Cursor],
    log: TopicLog,
    settings: Settings,
    hours: Sequence[datetime],
) -> dict[datetime, Settled]:
    """Which of ``hours``, ascending, are due, and what the ledger had to reach for each.

    If an hour is due, so is every earlier one: the newest that is due is found by bisection.
    """
    applied = next_offsets(read_positions(connection, settings.topic))
    asked_at = utc_now()  # before the ends: they are seen after every moment that has passed by it
    ends = log.stable_ends(applied)
    over = [hour for hour in hours if hour + HOUR + settings.settle <= asked_at]
    if not over or not applied:
        return {}
    if not log.describe().log_append_time:
        reached = wait_for(
            lambda: _has_reached(connection, settings.topic, ends), within_s=CATCH_UP_S, every_s=0.5
        )
        return dict.fromkeys(over, ends) if reached else {}
    known: dict[datetime, Settled] = {}

    def is_due(hour: datetime) -> bool:
        first = log.first_offsets_from(applied, to_epoch_ms(hour + HOUR + settings.settle))
        known[hour] = {p: ends[p] if at is None else at for p, at in first.items()}
        return all(applied[p] >= at for p, at in known[hour].items())

    low, high = 0, len(over)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if is_due(over[middle]) else (low, middle)
    newest = known[over[low - 1]] if low else {}
    return {hour: known.get(hour, newest) for hour in over[:low]}


def _has_reached(connection: Connection[Cursor], topic: str, ends: Settled) -> bool:
    """Whether the ledger has: while records keep coming, it always stands behind a newer end."""
    applied = next_offsets(read_positions(connection, topic))
    return all(applied[partition] >= end for partition, end in ends.items())


def hours_to_reconcile(
    connection: Connection[Cursor], start: datetime, end: datetime, *, again: bool
) -> list[datetime]:
    """Hours in ``start <= hour < end`` that are not reconciled, or ``again``; held ones are not.

    A mark does not count that nobody has checked: the run died before it wrote its result.
    """
    span = {"start": start, "end": end, "again": again}
    return [
        row["hour"] for row in fetch_all(connection, statement("batch/hours_to_reconcile"), span)
    ]


def require_whole_hours(start: datetime, end: datetime) -> None:
    """Refuse what is no range of whole UTC hours.

    Raises:
        UsageError: an end is no full hour, or nothing lies between them.
    """
    if _hour(start) != start or _hour(end) != end or start >= end:
        raise UsageError(
            f"{start} to {end} (UTC) is no range of whole hours.",
            next_step="name full hours of UTC; a day of another zone: --day",
        )


@tried_again
def add_silent_hours(connection: Connection[Cursor], topic: str, until: datetime) -> int:
    """Give hours without any event their row: those since the first record arrived, before
    ``until``, and the rest of each day that has an event. Returns how many were new."""
    first = fetch_one(connection, statement("batch/first_arrival"), (topic,))
    known = {row["hour"] for row in fetch_all(connection, statement("batch/known_hours"), EVER)}
    wanted = {day + n * HOUR for day in {_day(hour) for hour in known} for n in range(24)}
    if first and first["arrived_ms"] is not None:
        wanted |= set(_hours(_hour(from_epoch_ms(first["arrived_ms"])), until))
    silent = sorted(hour for hour in wanted - known if hour < until)
    with connection.cursor() as cursor:
        cursor.executemany(statement("batch/add_silent_hour"), [(hour,) for hour in silent])
    return len(silent)


def spans(hours: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Ascending hours as (start, end) of unbroken runs."""
    runs: list[tuple[datetime, datetime]] = []
    for hour in hours:
        if runs and runs[-1][1] == hour:
            runs[-1] = (runs[-1][0], hour + HOUR)
        else:
            runs.append((hour, hour + HOUR))
    return runs


def _hours(start: datetime, end: datetime) -> Iterable[datetime]:
    while start < end:
        yield start
        start += HOUR


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
