"""A deployment with days in it, written by SQL, and what tests ask of its bundles."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import bump
from batch.days import build_days, days_to_build
from clickledger.clock import utc_now
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import statement
from clickledger.report_calendar import ReportDay, keep_calendar, report_day
from clickledger.settings import Role, Settings
from reports.publish import Ask, Published, Publisher
from tests.stack.mysql.built_hours import BATCH_TABLES, build_hour, hour_of, write_hours
from tests.stack.mysql.minutes import FILL_TYPES, Row

KOLKATA = "Asia/Kolkata"
DAY = date(2026, 1, 15)
ONE_DAY = timedelta(days=1)
# What a client may send as an id: formulas, quotes, commas, blanks, right to left, emoji, length.
NASTY = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "'quoted", '"a,b"', 'a"b', "a,b;c", "é", "🦊📱", "x" * 64),
    *('=HYPERLINK("http://x")', "NA", "null", "1e5", "007", "<b>&amp;</b>", "_x0041_", "a b"),
    *("\u202eabc", "\uff1dA1", "漢字", "TRUE", "2026-01-01", "\\N", "%s", "{{ 7 }}", "#REF!"),
    *("PROVISIONAL", "<r>&</r>", "<r><t>x</t></r>", "\ufffe", "x\uffff"),
)
TYPES = ("mobile", "desktop", "=type", "tablet")
KEPT_BY_REPORTS = ("exports", "export_files", "export_deliveries", "corrections", "ledger_gaps")
MEASURED = ("event_measures_by_hour", "arrivals_by_hour", "incidents")
KEPT_BY_QUALITY = ("quality_results", "day_judgements")


JUDGE = """INSERT INTO day_judgements
    (time_zone, day, day_run, hours_version, verdict, asked_by, release_name, judged_at)
    SELECT time_zone, day, run, hours_version, %s, 'tests', 'r', UTC_TIMESTAMP(3)
    FROM built_days"""


def judge(connection: Connection[Cursor], verdict: str = "passed") -> None:
    """What `clickledger quality` would write of every day as it is built; its own tests run it."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, (verdict,))


def some_rows(seed: int, start: datetime, minutes: int, count: int) -> list[Row]:
    """Minute rows of many devices, nasty ones among them."""
    rng = random.Random(seed)
    devices = [*NASTY, *(f"d{n:04}" for n in range(300))]
    found: dict[tuple[datetime, str, str], Row] = {}
    for _ in range(count):
        minute = start + timedelta(minutes=rng.randrange(minutes))
        key = (minute, rng.choice(TYPES), rng.choice(devices))
        found[key] = Row(*key, rng.randrange(5), rng.randint(1, 3))
    return [found[key] for key in sorted(found)]


@dataclass
class Reported:
    """One database with minute rows, hour rows and days, all reconciled at first."""

    settings: Settings
    admin: Connection[Cursor]
    rows: dict[tuple[datetime, str, str], Row] = field(default_factory=dict)

    def begin_anew(self) -> None:
        """The same three days for every test."""
        shutil.rmtree(self.settings.exports, ignore_errors=True)
        start = self.bounds(DAY - ONE_DAY).first_hour
        self.admin.autocommit(False)  # one flush of the disk, not a thousand
        self.fill(some_rows(15, start, 3 * 24 * 60, 1_500))

    def add_nasty(self) -> None:
        """Every nasty id, with most clicks."""
        start = self.bounds().starts_at
        self.add(*(Row(start, TYPES[n % 4], each, 100 + n, 2) for n, each in enumerate(NASTY)))
        self.reconcile()

    def fill(self, rows: Sequence[Row]) -> None:
        """Replace everything."""
        self.clear()
        self.rows = {(row.minute, row.device_type, row.device_id): row for row in rows}
        hours = {hour_of(row.minute) for row in rows}
        write_hours(self.admin, rows, dict.fromkeys(hours, "reconciled"))
        keep_calendar(self.admin, self.settings.report_time_zone)
        self.admin.commit()
        self.admin.autocommit(True)
        self.build()

    def clear(self) -> None:
        """Forget all figures, and what was published of them."""
        with self.admin.cursor() as cursor:
            for table in (*BATCH_TABLES, *KEPT_BY_REPORTS, *MEASURED, *KEPT_BY_QUALITY):
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("DELETE FROM clicks_by_minute")
            cursor.execute("DELETE FROM type_clicks_by_minute")

    def build(self) -> list[date]:
        """Build the days that are not built as their hours are."""
        until = datetime(2100, 1, 1)  # noqa: DTZ001
        with connected(self.settings, Role.BATCH) as batch:
            built = [day.day for day in build_days(batch, "a run", days_to_build(batch, until))]
            judge(batch)
        return built

    def add(self, *rows: Row, cause: str | None = None) -> None:
        """Add counts to minute rows: late events, or a correction of that cause; hours reopen."""
        for row in rows:
            key = (row.minute, row.device_type, row.device_id)
            old = self.rows.get(key, row._replace(clicks=0, events=0))
            self.rows[key] = row._replace(
                clicks=old.clicks + row.clicks, events=old.events + row.events
            )
            with self.admin.cursor() as cursor:
                cursor.execute(statement("batch/set_minute_row"), tuple(self.rows[key]))
                if cause:
                    before = (old.clicks, old.events, row.clicks, row.events)
                    change = (*before, *self.rows[key][3:])
                    moves_books = cause != "manual change"
                    values = ("run", hour_of(row.minute), *key, cause, moves_books, *change)
                    cursor.execute(statement("batch/add_correction"), values)
            bump(self.admin, hour_of(row.minute), "reopened")
        with self.admin.cursor() as cursor:
            cursor.execute("DELETE FROM type_clicks_by_minute")
            cursor.execute(FILL_TYPES)

    def reconcile(self) -> None:
        """Mark what was reopened, and build its days."""
        for row in self.ask("SELECT hour FROM hours WHERE state = 'reopened'"):
            bump(self.admin, row["hour"], "reconciled")
            build_hour(self.admin, row["hour"])
        self.build()

    def add_silent_day(self) -> date:
        """Hours behind all others, reconciled and without an event."""
        silent = DAY + 3 * ONE_DAY
        first = self.bounds(silent).first_hour
        hours = [(first + timedelta(hours=n), utc_now()) for n in range(25)]
        with self.admin.cursor() as cursor:
            cursor.executemany(
                "INSERT IGNORE INTO hours VALUES (%s, 'reconciled', 1, NULL, %s)", hours
            )
        self.build()
        return silent

    def publish(self, day: date = DAY, **asked: Any) -> Published:
        """Publish a day."""
        with connected(self.settings, Role.BATCH) as connection:
            publisher = Publisher(connection, self.settings, Ask("tests", **asked))
            with publisher.shelf.alone():
                return publisher.publish(day)

    def ask(self, text: str, *parameters: Any) -> list[dict[str, Any]]:
        """Ask the database."""
        return fetch_all(self.admin, text, parameters or None)

    def bounds(self, day: date = DAY) -> ReportDay:
        """When it begins and ends."""
        return report_day(self.settings.report_time_zone, day)

    def rows_before(self, day: date) -> list[tuple[str, str]]:
        """Type and id of every row before a day."""
        start = self.bounds(day).starts_at
        return [(row[1], row[2]) for row in self.rows.values() if row.minute < start]

    def true_devices(self, day: date = DAY) -> list[tuple[str, str, int, int]]:
        """Type, id, clicks, events of the day, by a loop over the minute rows."""
        bounds = self.bounds(day)
        sums: dict[tuple[str, str], list[int]] = {}
        for row in self.rows.values():
            if bounds.starts_at <= row.minute < bounds.ends_at:
                mine = sums.setdefault((row.device_type, row.device_id), [0, 0])
                mine[0] += row.clicks
                mine[1] += row.events
        return [(*key, counts[0], counts[1]) for key, counts in sorted(sums.items())]


def manifest(folder: Path | None) -> dict[str, Any]:
    """The manifest of a bundle."""
    assert folder is not None
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_text())
    return found


def contents(folder: Path | None) -> dict[str, bytes]:
    """Every file of a bundle that belongs to its identity."""
    assert folder is not None
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}
