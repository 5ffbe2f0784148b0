"""Days that are over and have something to publish, and asking for several at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.errors import ClickledgerError, DatabaseUnreachableError
from clickledger.mysql.connection import is_connection_lost
from clickledger.progress import OnProgress
from clickledger.settings import Settings
from reports.day import days_between
from reports.index import write_index
from reports.publish import Ask, Outcome, Published, Publisher
from reports.registry import all_exports

log = logging.getLogger(__name__)
EVER = date(1999, 12, 31), date(2100, 1, 1)


def publish_days(
    connection: Connection[Cursor],
    settings: Settings,
    days: Sequence[date] | None,
    ask: Ask,
    heard: Callable[[Published], None] = lambda found: None,
    progress: OnProgress = lambda rows, share: None,
) -> list[Published]:
    """Publish days in their order, and renew the calendar. No ``days``: all that are due.

    A day that cannot be written does not keep the others from being so.
    """
    publisher = Publisher(connection, settings, ask, progress)
    results = []
    with publisher.shelf.alone():
        for day in due_days(connection, settings) if days is None else days:
            found = _publish(publisher, day)
            heard(found)
            results.append(found)
        renew_index(connection, settings)
    return results


def due_days(connection: Connection[Cursor], settings: Settings) -> list[date]:
    """Days that have ended and of which an hour has moved since they were published last."""
    last = {each.day: each for each in all_exports(connection, settings.report_time_zone)}
    now = utc_now()
    found = []
    for day in days_between(connection, *EVER):
        published = last.get(day.day)
        moved = not published or not published.is_final or day.versions != published.hours_version
        if day.ends_at <= now and moved:
            found.append(day.day)
    return found


def renew_index(connection: Connection[Cursor], settings: Settings) -> None:
    """Write the calendar again."""
    zone = settings.report_time_zone
    exports, days = all_exports(connection, zone), days_between(connection, *EVER)
    write_index(settings.exports, zone, exports, days)


def _publish(publisher: Publisher, day: date) -> Published:
    try:
        return publisher.publish(day)
    except DatabaseUnreachableError:
        raise
    except ClickledgerError as error:
        return Published(day, Outcome.FAILED, None, None, [str(error)])
    except Exception as error:
        if is_connection_lost(error):  # the next day would find nobody either
            raise
        log.exception("%s was not published", day)  # whatever it is, it is that day's alone
        return Published(day, Outcome.FAILED, None, None, [f"{type(error).__name__}: {error}"])
