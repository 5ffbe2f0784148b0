"""A bundle against the figures as they are now and raw events: what moved excuses itself alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from reports.checks import passed
from reports.verify import open_bundle
from reports.verify_against import against_archive, against_database
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import Reported

pytestmark = pytest.mark.stack

HOUR = timedelta(hours=1)
MINUTES = pa.schema(
    [
        ("minute_ms", pa.int64()),
        ("device_type", pa.string()),
        ("device_id", pa.string()),
        ("clicks", pa.int64()),
        ("events", pa.int64()),
    ]
)


@pytest.fixture
def bundle(reported: Reported) -> Path:
    """The first version of the day, with one more event in its fourth hour."""
    row = Row(reported.bounds().starts_at + 3 * HOUR, "mobile", "one", 2, 1)
    reported.add(row)
    reported.reconcile()
    folder = reported.publish().folder
    assert folder is not None
    return folder


def of_archive(
    reported: Reported, folder: Path, change: Callable[[Row], Row] = lambda row: row
) -> tuple[str, str]:
    """What a recount says that comes to the rows of the first version, each of them changed."""
    rows = [change(row) for row in reported.rows.values()]
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[0] = [to_epoch_ms(minute) for minute in columns[0]]
    table = pa.table(columns, schema=MINUTES)
    with connected(reported.settings, Role.READER) as connection:
        found = against_archive(
            connection, open_bundle(folder), lambda _: [table.slice(0, 700), table.slice(700)]
        )
        (check,) = found
    return check.status.value, check.detail


def of_database(reported: Reported, folder: Path) -> tuple[str, str]:
    with connected(reported.settings, Role.READER) as connection:
        _, check = against_database(connection, open_bundle(folder))
    return check.status.value, check.detail


def an_hour_later(row: Row) -> Row:
    return row._replace(minute=row.minute + HOUR) if row.device_id == "one" else row


def test_events_of_another_hour_are_other_events(reported: Reported, bundle: Path) -> None:
    """Each device has as many as it should."""
    assert of_archive(reported, bundle) == ("ok", "the same figures")
    other = "other figures, and no hour has moved since"
    assert of_archive(reported, bundle, an_hour_later) == ("failed", other)


def test_an_hour_that_was_corrected_excuses_no_other(reported: Reported, bundle: Path) -> None:
    row = Row(reported.bounds().starts_at + 9 * HOUR, "mobile", "one", 7, 1)
    reported.add(row, cause="duplicates")
    moved = f"moved since: {row.minute:%Y-%m-%dT%H}:00:00Z"
    assert of_archive(reported, bundle) == ("moved", moved)
    other = f"other figures in hours that have not {moved}"
    assert of_archive(reported, bundle, an_hour_later) == ("failed", other)


def test_a_late_event_excuses_no_other_hour(reported: Reported, bundle: Path) -> None:
    row = Row(reported.bounds().starts_at + 9 * HOUR, "mobile", "one", 7, 1)
    reported.add(row)
    reported.reconcile()
    moved = f"moved since: {row.minute:%Y-%m-%dT%H}:00:00Z"
    assert of_database(reported, bundle) == ("moved", moved)
    with reported.admin.cursor() as cursor:  # somebody, in an hour that says nothing of it
        cursor.execute(
            "UPDATE clicks_by_minute SET clicks = clicks + 1"
            " WHERE device_id = 'one' AND minute = %s",
            (reported.bounds().starts_at + 3 * HOUR,),
        )
    other = f"other figures in hours that have not {moved}"
    assert of_database(reported, bundle) == ("failed", other)


def test_a_provisional_version_is_not_counted_again(reported: Reported, bundle: Path) -> None:
    """Nothing is wrong with it: its hours have no cut yet."""
    reported.add(Row(reported.bounds().starts_at, "mobile", "late", 5, 1))
    early = reported.publish(provisional=True).folder
    assert early is not None
    said = ("n/a", "hours without a cut cannot be counted again")
    assert of_archive(reported, early) == said
    with connected(reported.settings, Role.READER) as connection:
        nothing: list[pa.Table] = []
        assert passed(against_archive(connection, open_bundle(early), lambda _: nothing))
