"""Somebody who changes a bundle and signs it anew: each check finds by itself what is its own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reports import making
from reports.checks import Status
from reports.manifest import size_and_digest, sums_text, write_json
from reports.reading import hour_rows, type_rows
from reports.top import Top
from reports.verify import MARK, open_bundle, verify
from tests.stack.reports.reported import Reported

pytestmark = pytest.mark.stack


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A bundle to be changed."""
    return shutil.copytree(folder, tmp_path / "v1")


def signed(folder: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> None:
    """Make manifest and sums those of the files as they are now, and of a manifest so changed."""
    path = folder / "datapackage.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for each in manifest["resources"]:
        each["bytes"], digest = size_and_digest(folder / each["path"])
        each["hash"] = f"sha256:{digest}"
    change(manifest)
    write_json(path, manifest)
    (folder / "SHA256SUMS").write_bytes(sums_text(folder, manifest))


def failed(folder: Path) -> list[str]:
    return [each.name for each in verify(open_bundle(folder)) if each.status is not Status.OK]


def resource(manifest: dict[str, Any], path: str) -> dict[str, Any]:
    (found,) = (each for each in manifest["resources"] if each["path"] == path)
    result: dict[str, Any] = found
    return result


def say(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["clickledger"][name] = value

    return change


def test_signed_anew_it_is_whole(copy: Path) -> None:
    signed(copy)
    assert failed(copy) == []


def describe_otherwise(manifest: dict[str, Any]) -> None:
    resource(manifest, "types.csv")["schema"]["fields"][0]["type"] = "string"


def count_otherwise(path: str, name: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        found = resource(manifest, path)
        where = found if name == "rows" else found["controlTotals"]
        where[name] += 1

    return change


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (describe_otherwise, "schema"),
        *(
            (count_otherwise(f"{table}{suffix}", name), "rows and totals")
            for table in ("types", "hours", "top_devices", "devices-0001")
            for suffix, name in ((".parquet", "clicks"), (".csv", "rows"))
        ),
        (say("figures", "sha256:" + 64 * "0"), "figures"),
    ],
)
def test_a_manifest_that_says_otherwise(
    copy: Path, change: Callable[[dict[str, Any]], None], name: str
) -> None:
    signed(copy, change)
    assert failed(copy) == [name]


@pytest.mark.parametrize("table", ["types", "hours"])
def test_a_parquet_file_with_other_columns(copy: Path, table: str) -> None:
    path = copy / f"{table}.parquet"
    rows = pq.read_table(path)
    loose = pa.schema([field.with_nullable(True) for field in rows.schema])
    pq.write_table(pa.Table.from_arrays(rows.columns, schema=loose), path)
    signed(copy)
    assert failed(copy) == ["schema"]


@pytest.mark.parametrize("table", ["types", "hours", "top_devices", "devices-0001"])
def test_a_csv_file_with_another_heading_or_figure(copy: Path, table: str) -> None:
    path = copy / f"{table}.csv"
    heading, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(heading.replace('"', "") + "\n" + rest, encoding="utf-8", newline="\n")
    signed(copy)
    assert failed(copy) == ["schema"]
    changed = re.sub(r",(\d+)\n\Z", lambda last: f",{int(last[1]) + 1}\n", rest)
    assert changed != rest
    path.write_text(heading + "\n" + changed, encoding="utf-8", newline="\n")
    signed(copy)
    assert failed(copy) == ["formats agree"]


@pytest.mark.parametrize(
    ("sheet", "cell"), [("types", "C2"), ("hours", "D2"), ("top_devices", "D2"), ("Summary", "B2"),
                        ("Summary", "B3"), ("Summary", "B4"), ("Summary", "B5"), ("Summary", "B7")]
)  # fmt: skip
def test_a_sheet_with_another_figure(copy: Path, sheet: str, cell: str) -> None:
    path = copy / "report.xlsx"
    book = openpyxl.load_workbook(path)
    found = book[sheet][cell]
    found.value = found.value + 1 if isinstance(found.value, int) else "provisional"
    book.save(path)
    signed(copy)
    assert failed(copy) == ["workbook"]


def swapped(page: str) -> str:
    """The figures of the first two cards in each other's place."""
    first, second = re.findall(r'<div class="big">([0-9,]+)</div>', page)[:2]
    assert first != second
    return page.replace(f">{first}</div>", ">?</div>", 1).replace(
        f">{second}</div>", f">{first}</div>", 1
    ).replace(">?</div>", f">{second}</div>", 1)  # fmt: skip


@pytest.mark.parametrize("change", [swapped, lambda page: page.replace("<body>", f"<body>{MARK}")])
def test_a_page_that_shows_otherwise(copy: Path, change: Callable[[str], str]) -> None:
    path = copy / "report.html"
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8", newline="\n")
    signed(copy)
    assert failed(copy) == ["page"]


def of_another_hour(*asked: Any) -> Iterator[pa.RecordBatch]:
    """The hours, one event in one of them lost."""
    (batch,) = hour_rows(*asked)
    place = batch.schema.get_field_index("events")
    events = pc.subtract(batch["events"], pa.array([1] + [0] * (len(batch) - 1)))
    yield batch.set_column(place, batch.schema.field(place), events)


def of_another_type(*asked: Any) -> Iterator[pa.RecordBatch]:
    """The types, with each other's devices."""
    (batch,) = type_rows(*asked)
    place = batch.schema.get_field_index("devices")
    yield batch.set_column(place, batch.schema.field(place), batch["devices"][::-1])


class Flop(Top):
    """The second device is the best one."""

    def table(self) -> pa.Table:
        found = super().table()
        order = pa.array([1, 0, *range(2, len(found))])
        return found.take(order).set_column(0, found.schema.field("place"), found["place"])


@pytest.mark.parametrize(
    ("part", "wrong"),
    [("hour_rows", of_another_hour), ("type_rows", of_another_type), ("Top", Flop)],
)
def test_tables_that_do_not_add_up(
    reported: Reported, monkeypatch: pytest.MonkeyPatch, part: str, wrong: Any
) -> None:
    """Wrong from the beginning: every file says the same."""
    monkeypatch.setattr(making, part, wrong)
    found = reported.publish().folder
    assert found is not None
    assert failed(found) == ["tables agree"]
