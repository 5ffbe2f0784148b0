"""A day of five million devices: flat memory, and how fast beside the server's own dump."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from clickledger.report_calendar import keep_calendar
from clickledger.settings import CHECKOUT, Settings
from tests.stack.reports.reported import DAY, Reported, judge
from tests.stack.stream.deployment import environment_of

pytestmark = [pytest.mark.stack, pytest.mark.long]

DEVICES, AT_ONCE = 5_000_000, 500_000
MANY_TYPES = 1_000_000
MOST_KB = 1_464_843  # 1.5 GB
OWN_TYPE = "CONCAT('type-', LPAD(seq, 12, '0'))"
TYPE = "IF(MOD(seq, 5) < 3, 'mobile', IF(MOD(seq, 5) < 4, 'desktop', 'tablet'))"
ID = "CONCAT('device-', LPAD(seq, 12, '0'))"
# A half of the devices were there before.
EARLIER = "INSERT INTO clicks_by_minute SELECT '2026-01-10 10:00', {}, {}, MOD(seq, 97), 1 FROM {}"
BUILT = "INSERT INTO clicks_by_day SELECT 'UTC', %s, {}, {}, MOD(seq, 97), 1 + MOD(seq, 7) FROM {}"
OF_TYPES = """INSERT INTO type_clicks_by_day
    SELECT time_zone, day, device_type, SUM(clicks), SUM(events), COUNT(*)
    FROM clicks_by_day GROUP BY time_zone, day, device_type"""
OF_HOUR = """INSERT INTO type_clicks_by_hour
    SELECT '2026-01-15 10:00', device_type, clicks, events, devices FROM type_clicks_by_day"""
MOVED = 10  # a tenth of the devices
MOVE = """UPDATE clicks_by_day SET clicks = clicks + 5, events = events + 1
    WHERE RIGHT(device_id, 1) = '0'"""
MARK = """INSERT INTO built_days
    VALUES ('UTC', %s, %s, %s, 'r', UTC_TIMESTAMP(3), '{}', 24, 1, 1, 1)"""
DUMP = """SELECT device_type, device_id, clicks, events INTO OUTFILE %s
    FROM clicks_by_day WHERE time_zone = 'UTC' AND day = %s"""


def fill(reported: Reported, devices: int = DEVICES, kind: str = TYPE) -> None:
    """One built day, as the batch layer would leave it."""
    keep_calendar(reported.admin, "UTC")
    midnight = datetime(DAY.year, DAY.month, DAY.day)  # noqa: DTZ001
    with reported.admin.cursor() as cursor:
        for start in range(0, devices, AT_ONCE):
            numbers = f"seq_{start + 1}_to_{start + AT_ONCE}"
            cursor.execute(BUILT.format(kind, ID, numbers), (DAY,))
            if start < devices // 2:
                cursor.execute(EARLIER.format(kind, ID, numbers))
        cursor.execute(OF_TYPES)
        cursor.execute(OF_HOUR)
        for n in range(24):
            hour = (midnight + timedelta(hours=n),)
            cursor.execute("INSERT INTO hours VALUES (%s, 'reconciled', 1, NULL, NOW(3))", hour)
        cursor.execute(MARK, (DAY, midnight, midnight + timedelta(days=1)))
    judge(reported.admin)


def move(reported: Reported) -> None:
    """As the batch layer would leave the day after late events of a tenth of its devices."""
    with reported.admin.cursor() as cursor:
        cursor.execute(MOVE)
        for table, built in (("type_clicks_by_day", OF_TYPES), ("type_clicks_by_hour", OF_HOUR)):
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(built)
        cursor.execute("UPDATE hours SET version = version + 1")
        cursor.execute("UPDATE built_days SET hours_version = (SELECT SUM(version) FROM hours)")
    judge(reported.admin)


def moved_devices(folder: Path) -> tuple[int, ...]:
    """Rows, clicks and events."""
    text = """SELECT COUNT(*), SUM(clicks_after - clicks_before), SUM(events_after - events_before)
        FROM read_csv(?, union_by_name = true) WHERE "table" = 'devices'"""
    with duckdb.connect() as database:
        (found,) = database.execute(text, [str(folder / "changes*.csv")]).fetchall()
    return tuple(map(int, found))


def run(settings: Settings, *words: str) -> tuple[int, float]:
    """Run a command to its good end: most memory in KiB, seconds."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", *words],
        env=environment_of(settings),
        cwd=CHECKOUT,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss, time.monotonic() - began


def test_five_million_devices(
    reported: Reported, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    settings = reported.settings.model_copy(update={"report_time_zone": "UTC"})
    reported.clear()
    fill(reported)
    ours, took_s = run(settings, "export", "--day", str(DAY))
    checked, checked_s = run(
        settings, "verify", str(settings.exports / f"clicks/date={DAY}/v1"), "--against-database"
    )
    move(reported)
    again, again_s = run(settings, "export", "--day", str(DAY))
    second = settings.exports / f"clicks/date={DAY}/v2"
    assert moved_devices(second) == (DEVICES // MOVED, 5 * DEVICES // MOVED, DEVICES // MOVED)
    checked_again, checked_again_s = run(settings, "verify", str(second), "--against-database")
    began = time.monotonic()
    data = reported.ask("SELECT @@datadir AS folder")[0]["folder"]
    dump = Path(data) / f"dump-{os.getpid()}.txt"
    with reported.admin.cursor() as cursor:
        cursor.execute(DUMP, (str(dump), DAY))
    dumped_s = time.monotonic() - began
    dump.unlink()
    record_property("devices", DEVICES)
    record_property("export_s", round(took_s, 1))
    record_property("export_kib", ours)
    record_property("export_rows_per_s", round(DEVICES / took_s))
    record_property("verify_s", round(checked_s, 1))
    record_property("verify_kib", checked)
    record_property("second_version_s", round(again_s, 1))
    record_property("second_version_kib", again)
    record_property("second_version_verify_s", round(checked_again_s, 1))
    record_property("second_version_verify_kib", checked_again)
    record_property("dump_rows_per_s", round(DEVICES / dumped_s))
    reported.clear()
    assert max(ours, checked, again, checked_again) <= MOST_KB


def test_every_event_of_another_type(
    reported: Reported, record_property: Callable[[str, object], None]
) -> None:
    """The set of types is open: a client may send a million."""
    settings = reported.settings.model_copy(update={"report_time_zone": "UTC"})
    reported.clear()
    fill(reported, MANY_TYPES, OWN_TYPE)
    ours, _ = run(settings, "export", "--day", str(DAY))
    folder = settings.exports / f"clicks/date={DAY}/v1"
    checked, _ = run(settings, "verify", str(folder), "--against-database")
    record_property("types", MANY_TYPES)
    record_property("export_kib", ours)
    record_property("verify_kib", checked)
    reported.clear()
    assert max(ours, checked) <= 600_000
    assert (folder / "report.html").stat().st_size < 200_000
    assert (folder / "report.xlsx").stat().st_size < 1_000_000
