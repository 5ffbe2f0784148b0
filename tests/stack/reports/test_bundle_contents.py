"""A day's bundle, opened as its readers do, holds what a loop over the minute rows comes to."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pandas as pd
import pytest

from clickledger.errors import NotVerifiedError
from reports.checks import Status
from reports.neutral_text import MARK
from reports.publish import Published
from reports.verify import open_bundle, verify
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import DAY, NASTY, ONE_DAY, Reported, manifest

pytestmark = pytest.mark.stack

Device = tuple[str, str, int, int]
UNUSUAL = """INSERT INTO quality_results
    (judgement, expectation, severity, verdict, rows_checked, rows_unexpected, expected, observed)
    SELECT id, %s, 'warning', %s, 1, 1, %s, %s FROM day_judgements WHERE day = '2026-01-15'"""


def parquet_devices(folder: Path) -> list[Device]:
    text = "SELECT device_type, device_id, clicks, events FROM read_parquet(?)"
    with duckdb.connect() as database:
        return database.execute(text, [str(folder / "devices-*.parquet")]).fetchall()


def csv_devices(folder: Path) -> list[Device]:
    """By pandas, which takes NA and null for something else unless it is told."""
    table = pd.read_csv(
        folder / "devices-0001.csv",
        dtype={"device_type": str, "device_id": str},
        keep_default_na=False,
    )
    rows = table[["device_type", "device_id", "clicks", "events"]].itertuples(index=False)
    return [
        (kind.removeprefix(MARK), each.removeprefix(MARK), clicks, events)
        for kind, each, clicks, events in rows
    ]


def page_of(published: Published) -> str:
    assert published.folder is not None
    return (published.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def true(folder: Path, report_database: Reported) -> Reported:
    """What the bundle was made of: the tests that read it are the first of the module."""
    assert "=1+1" in {row[1] for row in report_database.true_devices()}
    return report_database


def test_every_reader_finds_the_figures_of_a_loop(true: Reported, folder: Path) -> None:
    devices = true.true_devices()
    assert parquet_devices(folder) == devices
    assert csv_devices(folder) == devices
    with duckdb.connect() as database:  # DuckDB's reader of CSV, too
        text = "SELECT count(*), sum(clicks), sum(events) FROM read_csv(?)"
        found = database.execute(text, [str(folder / "devices-0001.csv")]).fetchall()
    assert found == [(len(devices), sum(row[2] for row in devices), sum(row[3] for row in devices))]
    by_type = Counter[str]()
    for kind, _, clicks, _ in devices:
        by_type[kind] += clicks
    types = pd.read_parquet(folder / "types.parquet")
    assert dict(zip(types["device_type"], types["clicks"], strict=True)) == by_type
    totals = manifest(folder)["clickledger"]["controlTotals"]
    assert totals == {
        "clicks": sum(row[2] for row in devices),
        "events": sum(row[3] for row in devices),
        "devices": len(devices),
    }


def test_hours_are_those_of_the_clock(true: Reported, folder: Path) -> None:
    """Kolkata's hours cut those of UTC in halves."""
    bounds = true.bounds()
    zone = ZoneInfo("Asia/Kolkata")
    expected: Counter[tuple[str, str]] = Counter()
    seen: dict[tuple[str, str], set[str]] = {}
    for row in true.rows.values():
        if bounds.starts_at <= row.minute < bounds.ends_at:
            local = row.minute.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
            key = (local.replace(minute=0).isoformat(), row.device_type)
            expected[key] += row.clicks
            seen.setdefault(key, set()).add(row.device_id)
    found = pd.read_parquet(folder / "hours.parquet")
    keys = list(zip(found["local_hour"], found["device_type"], strict=True))
    assert dict(zip(keys, found["clicks"], strict=True)) == dict(expected)
    assert dict(zip(keys, found["devices"], strict=True)) == {
        key: len(devices) for key, devices in seen.items()
    }


def in_a_sheet(text: str) -> str:
    """With the escapes of the file format."""
    escaped = text.replace("_x0041_", "_x005F_x0041_")
    return escaped.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_")


def test_the_workbook_is_typed_and_holds_the_top(true: Reported, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "report.xlsx")
    assert book.properties.created.year == 2000
    sheet = book["top_devices"]
    assert sheet.freeze_panes == "A2"
    header, *rows = sheet.iter_rows()
    assert [cell.value for cell in header] == [
        "place",
        "device_type",
        "device_id",
        "clicks",
        "events",
    ]
    assert {cell.data_type for row in rows for cell in row[1:3]} == {"s"}
    assert {cell.data_type for row in rows for cell in row[3:]} == {"n"}
    assert rows[0][3].number_format == "#,##0"
    devices = sorted(true.true_devices(), key=lambda row: (-row[2], -row[3], row[0], row[1]))
    found = [tuple(cell.value for cell in row[1:]) for row in rows]
    # openpyxl leaves the format's own escapes as they are; verify undoes them.
    assert found == [(k, in_a_sheet(d), c, e) for k, d, c, e in devices]


def test_what_is_unusual_is_said_in_words(reported: Reported) -> None:
    with reported.admin.cursor() as cursor:
        cursor.execute("UPDATE day_judgements SET verdict = 'warned'")
        cursor.execute(UNUSUAL, ("volume_in_band", "failed", "10 to 20 events", "900 <events>"))
        cursor.execute(UNUSUAL, ("fresh", "passed", "counts of the last hour", ""))
    page = page_of(reported.publish())
    said = "<li>volume in band: 10 to 20 events. Found: 900 &lt;events&gt;</li>"
    assert (page.count("Not as expected."), page.count(said)) == (1, 1)
    assert "counts of the last hour" not in page
    assert "Not as expected." not in page_of(reported.publish(DAY - ONE_DAY))


def test_frictionless_finds_it_valid(folder: Path) -> None:
    from frictionless import Package

    described = json.loads((folder / "datapackage.json").read_text())
    report = Package(described, basepath=str(folder)).validate()
    text = [each["name"] for each in described["resources"] if each["format"] == "csv"]
    assert set(text) == {"devices-0001-csv", "hours-csv", "top-devices-csv", "types-csv"}
    errors = {task.name: task.errors for task in report.tasks if task.name in text}
    assert errors == {name: [] for name in text}


def test_it_verifies_and_sha256sum_agrees(folder: Path) -> None:
    found = list(verify(open_bundle(folder)))
    assert [(check.name, check.detail) for check in found if check.status != Status.OK] == []
    assert len(found) == 9
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert done.returncode == 0


def troubles(folder: Path) -> Iterator[str]:
    """What verify says is wrong."""
    try:
        bundle = open_bundle(folder)
    except NotVerifiedError as error:
        yield str(error)
        return
    yield from (each.detail for each in verify(bundle) if each.status == "failed")


def test_a_flipped_byte_in_any_file_is_found_and_named(folder: Path) -> None:
    flip_each(folder)


def flip_each(folder: Path) -> None:
    assert [*troubles(folder)] == []
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        middle = len(before) // 2
        path.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
        assert path.name in " ".join(troubles(folder))
        path.write_bytes(before)


@pytest.mark.parametrize("name", ["datapackage.json", "run.json"])
def test_a_flipped_bit_anywhere_is_found_and_the_file_named(folder: Path, name: str) -> None:
    rng = random.Random(6)
    path = folder / name
    before = path.read_bytes()
    for place in rng.sample(range(8 * len(before)), 100):
        after = bytearray(before)
        after[place // 8] ^= 1 << place % 8
        path.write_bytes(after)
        assert any(name in each for each in troubles(folder)), f"bit {place}"
    path.write_bytes(before)


def test_nothing_runs_in_libreoffice(folder: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("NO LIBREOFFICE: what a spreadsheet makes of the cells was not looked at")
    for name, to in (("report.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,"
                      "false,false,false,4"), ("devices-0001.csv", "fods")):  # fmt: skip
        subprocess.run(
            [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
             "--convert-to", to, "--outdir", str(tmp_path), str(folder / name)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    assert "table:formula" not in (tmp_path / "devices-0001.fods").read_text()
    (sheet,) = tmp_path.glob("report*.csv")
    opened = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    assert set(NASTY) <= set(opened["device_id"])


def test_exact_csv_says_so(reported: Reported) -> None:
    reported.publish(DAY - ONE_DAY)
    late = reported.publish(DAY - ONE_DAY, exact_csv=True)
    assert (late.outcome, late.version) == ("unchanged", 1)
    assert late.why[-1] == "its CSV stays as it is; the Parquet files beside it are exact"

    found = reported.publish(exact_csv=True)
    assert found.folder is not None
    assert len(reported.publish(exact_csv=True).why) == 1
    assert '"=1+1"' in (found.folder / "devices-0001.csv").read_text()
    assert not manifest(found.folder)["clickledger"]["csvText"]["applied"]
    assert {check.status for check in verify(open_bundle(found.folder))} == {Status.OK}


def test_new_devices_and_comparisons_name_what_they_compare_with(reported: Reported) -> None:
    reported.publish(DAY - ONE_DAY)
    found = reported.publish()
    assert found.folder is not None
    page = (found.folder / "report.html").read_text()
    assert "2026-01-14, v1" in page
    assert "2026-01-08, not published" in page
    before = {row[:2] for row in reported.rows_before(DAY)}
    new = sum(row[:2] not in before for row in reported.true_devices())
    assert manifest(found.folder)["clickledger"]["newDevices"] == new


def test_a_silent_day_says_that_it_is_silent(reported: Reported) -> None:
    found = reported.publish(reported.add_silent_day())
    assert found.is_silent
    assert found.folder is not None
    assert "A silent day" in (found.folder / "report.html").read_text()
    assert {check.status for check in verify(open_bundle(found.folder))} == {Status.OK}


def test_any_number_of_types_is_named_or_summed(reported: Reported) -> None:
    """A client may send another with every event: files hold all, page and sheets the first."""
    start = reported.bounds().starts_at
    reported.admin.autocommit(False)
    reported.add(*(Row(start, f"=t{n:04}", "d", n % 7, 1) for n in range(5_000)))
    reported.admin.autocommit(True)
    reported.reconcile()
    found = reported.publish()
    assert found.folder is not None
    assert [each for each in verify(open_bundle(found.folder)) if each.status != Status.OK] == []
    types: dict[str, list[int]] = {}
    for kind, _, clicks, events in reported.true_devices():
        sums = types.setdefault(kind, [0, 0, 0])
        types[kind] = [sums[0] + clicks, sums[1] + events, sums[2] + 1]
    written = pd.read_parquet(found.folder / "types.parquet").drop(columns="day")
    assert {row[0]: list(row[1:]) for row in written.itertuples(index=False)} == types
    best = sorted(types, key=lambda kind: (-types[kind][0], -types[kind][1], kind))
    rest = [sum(column) for column in zip(*(types[kind] for kind in best[100:]), strict=True)]
    book = openpyxl.load_workbook(found.folder / "report.xlsx", read_only=True)
    (_, *shown, others) = book["types"].iter_rows(min_col=2, values_only=True)
    assert {row[0]: list(row[1:]) for row in shown} == {kind: types[kind] for kind in best[:100]}
    assert list(others) == [f"{len(types) - 100:,} other types", *rest]
    page = page_of(found)
    assert page.count('<td class="bar">') == 101 + 25  # types, and devices with most clicks
    cells = "".join(f'<td class="n">{n:,}</td>' for n in rest)
    assert f"<tr><td>{len(types) - 100:,} other types</td>{cells}" in page


def test_a_flipped_byte_in_any_file_of_a_second_version_is_found(reported: Reported) -> None:
    reported.publish()
    reported.add(Row(reported.bounds().starts_at, "mobile", "late", 5, 1))
    reported.reconcile()
    second = reported.publish().folder
    assert second is not None
    assert {"changes.csv", "changes.parquet"} < {path.name for path in second.iterdir()}
    flip_each(second)
