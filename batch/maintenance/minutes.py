"""Minute rows of final days: dropped hour by hour, each in one transaction; the hour is sealed.

Only where no event can come any more (P8): the rules have a limit of age, and every partition's
ledger has reached a record that arrived so long after the hour that an event of it is too old, or
an end of the log that was seen after that moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from batch.due import HOUR, due_hours
from batch.maintenance.items import Item, Kind, Work
from clickledger.clock import to_epoch_ms
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.gaps import read_gaps
from clickledger.mysql.connection import fetch_all, fetch_one, transaction
from clickledger.mysql.retries import tried_again
from clickledger.mysql.statements import statement


@dataclass(frozen=True, slots=True)
class MinuteRows:
    """The keeper of minute rows, a day (UTC) at a time."""

    def items(self, work: Work) -> Iterator[Item]:
        """Days that may be sealed."""
        max_age = _max_age(work)
        if max_age is None:
            return
        for row in _days(work):
            if not _why_not(work, _hours(work, row["day"]), max_age):
                detail = f"minute rows of {row['hours']} hours, {row['events']:,} events"
                yield Item(Kind.MINUTES, str(row["day"]), detail, int(row["events"]))

    def delete(self, work: Work, name: str) -> str:
        """Seal the hours of a day; those that cannot be are kept, with their rows."""
        max_age, day = _max_age(work), datetime.fromisoformat(name)
        hours = _hours(work, day)
        if max_age is None:
            return "late events of any age count now"
        if why := _not_as_listed(work, day) or _why_not(work, hours, max_age):
            return why
        kept = [f"{hour}: {why}" for hour in hours if (why := _seal(work, day, hour))]
        return "; ".join(kept)


def _days(work: Work) -> list[dict[str, Any]]:
    before = work.before(work.settings.keep_minutes)
    if before is None:
        return []
    return fetch_all(work.connection, statement("maintenance/days_to_seal"), {"before": before})


def _not_as_listed(work: Work, day: datetime) -> str:
    if day.date() in {row["day"] for row in _days(work)}:
        return ""
    return "not all its hours are reconciled, or a report day that it touches is not final"


def _hours(work: Work, day: object) -> list[datetime]:
    rows = fetch_all(work.connection, statement("maintenance/hours_of_day"), {"day": day})
    return [row["hour"] for row in rows]


def _max_age(work: Work) -> timedelta | None:
    """The limit of age: of the settings, and of the rules by which the stream judged last."""
    newest = fetch_one(work.connection, statement("lifecycle/last_rules"))
    limit = work.settings.max_age
    if newest is None or not isinstance(limit, timedelta):
        return None
    judged_ms = json.loads(newest["document"])["max_age_ms"]
    if judged_ms is None:
        return None
    return max(limit, timedelta(milliseconds=judged_ms))


def _why_not(work: Work, hours: Sequence[datetime], max_age: timedelta) -> str:
    if gap := _gap_of(work, hours[-1] + HOUR, max_age):
        return f"{gap} is lost, and may hold events of this day"
    settled = work.settings.model_copy(update={"settle": max_age})
    with TopicLog(work.settings) as log:
        if not log.describe().log_append_time:
            return "the topic's timestamps are the clients' word"
        closed = due_hours(work.connection, log, settled, hours)
    return "" if len(closed) == len(hours) else f"events of it are not too old before {max_age}"


def _gap_of(work: Work, end: datetime, max_age: timedelta) -> str:
    """An open gap whose records arrived when an event of the day was not too old yet."""
    latest_ms = to_epoch_ms(end + max_age)
    for gap in read_gaps(work.connection, work.settings.topic):
        if gap.closed_at is None and (gap.arrived_after_ms or 0) < latest_ms:
            return str(gap.span)
    return ""


@tried_again
def _seal(work: Work, day: datetime, hour: datetime) -> str:
    connection, span = work.connection, {"hour": hour, "end": hour + HOUR, "run": work.run}
    with transaction(connection), connection.cursor() as cursor:
        if why := _unfit(work, span) or _not_as_listed(work, day):
            return why  # nothing was written
        cursor.execute(statement("maintenance/drop_minutes"), span)
        cursor.execute(statement("maintenance/drop_type_minutes"), span)
        cursor.execute(statement("maintenance/seal_hour"), span)
    return ""


def _unfit(work: Work, span: Mapping[str, Any]) -> str:
    """Under the hour's lock: why its hour rows cannot stand for its minute rows."""
    row = fetch_one(work.connection, statement("maintenance/lock_hour_to_seal"), span)
    if row is None or row["state"] != "reconciled" or row["held"] or row["events"] is None:
        return "it is not as it was marked"
    sums = fetch_one(work.connection, statement("maintenance/sums_of_hour"), span) or {}
    clicks = {int(sums[f"{side}_clicks"]) for side in ("minute", "hour", "type")}
    events = {int(sums[f"{side}_events"]) for side in ("minute", "hour", "type")}
    if (clicks, events) != ({row["clicks"]}, {row["events"]}):
        return "its minute rows are not those that it was built from: reconcile it again"
    return ""
