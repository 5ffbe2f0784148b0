"""Is a bundle what its manifest says, and does it agree with itself? Needs only the bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reports.checks import Check, guarded, judged
from reports.digests import digest_of, table_digest
from reports.manifest import (
    NAME,
    OWN,
    RUN,
    SUMS_FILE,
    csv_is_exact,
    read_manifest,
    size_and_digest,
    sums_text,
)
from reports.page import number
from reports.reread import (
    answer_counts,
    csv_rows,
    files_of,
    parquet_rows,
    sheet_rows,
    summary_of,
    tables_in,
)
from reports.run_file import run_is_whole
from reports.table_files import sums_of
from reports.tables import FIGURES, FULL, HOURS, TOP, TYPES, Shape
from reports.top import Top
from reports.type_sums import sums_of_types

TypeSum: TypeAlias = "tuple[str, int, int, int]"
# How a page says that its day is provisional; in the text of an id, "<" is not this.
MARK = '<div class="running">PROVISIONAL</div>'
CARD = re.compile(r'<div class="name">([^<]*)</div><div class="big">([^<]*)</div>')


@dataclass(frozen=True)
class Bundle:
    """A folder and what its manifest says of it."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The files."""
        found: list[dict[str, Any]] = self.manifest["resources"]
        return found

    @property
    def own(self) -> dict[str, Any]:
        """What Frictionless has no word for."""
        found: dict[str, Any] = self.manifest[OWN]
        return found

    @property
    def is_day(self) -> bool:
        """Whether it holds a day, and not somebody's own question."""
        return "day" in self.own

    @property
    def tables(self) -> list[Shape]:
        """The tables in it."""
        return tables_in(self.resources)

    def paths(self, shape: Shape, suffix: str) -> list[Path]:
        """A table's files of one format."""
        return [self.folder / name for name in files_of(self.resources, shape, suffix)]

    def parquet(self, shape: Shape) -> Iterator[pa.RecordBatch]:
        """A table's rows."""
        return parquet_rows(self.paths(shape, ".parquet"))


def open_bundle(folder: Path) -> Bundle:
    """A bundle by its folder, or by the path of its manifest.

    Raises:
        NotVerifiedError: it is none.
    """
    place = folder.parent if folder.name == NAME else folder
    return Bundle(place, read_manifest(place))


def verify(bundle: Bundle) -> Iterator[Check]:
    """Every check, one after the other."""
    yield guarded("files", lambda: _files(bundle))
    yield guarded("hashes", lambda: _hashes(bundle))
    yield guarded("schema", lambda: _schema(bundle))
    yield guarded("rows and totals", lambda: _rows_and_totals(bundle))
    yield guarded("formats agree", lambda: _formats(bundle))
    if bundle.is_day:
        yield guarded("tables agree", lambda: _tables(bundle))
        yield guarded("workbook", lambda: _workbook(bundle))
        yield guarded("page", lambda: _page(bundle))
        yield guarded("figures", lambda: _figures(bundle))


def figures_of(bundle: Bundle) -> str:
    """The digest over the tables that make a version, from their rows."""
    return digest_of(table_digest(bundle.parquet(shape)) for shape in FIGURES)


def _files(bundle: Bundle) -> Check:
    listed = {each["path"] for each in bundle.resources}
    there = {path.name for path in bundle.folder.iterdir()} - {NAME, RUN, SUMS_FILE}
    troubles = [f"{name} is missing" for name in sorted(listed - there)]
    troubles += [f"{name} is not in the manifest" for name in sorted(there - listed)]
    return judged("files", troubles, f"{len(listed)} files, as listed")


def _hashes(bundle: Bundle) -> Check:
    troubles = []
    for each in bundle.resources:
        path = bundle.folder / each["path"]
        if path.exists():
            size, digest = size_and_digest(path)
            if (size, f"sha256:{digest}") != (each["bytes"], each["hash"]):
                troubles.append(f"{path.name} is not the file that was published")
    sums = bundle.folder / SUMS_FILE
    if not sums.exists() or sums.read_bytes() != sums_text(bundle.folder, bundle.manifest):
        troubles.append(f"{NAME} and {SUMS_FILE} do not belong together")
    if not run_is_whole(bundle.folder):
        troubles.append(f"{RUN} was changed")
    total = sum(each["bytes"] for each in bundle.resources)
    return judged("hashes", troubles, f"SHA-256 of {len(bundle.resources)} files, {total:,} bytes")


def _schema(bundle: Bundle) -> Check:
    troubles = []
    for shape in bundle.tables:
        for path in bundle.paths(shape, ".parquet"):
            if not pq.read_schema(path).equals(shape.schema):
                troubles.append(f"{path.name} has other columns")
        header = ",".join(f'"{name}"' for name in shape.schema.names)
        for path in bundle.paths(shape, ".csv"):
            with path.open(encoding="utf-8", newline="") as file:
                if file.readline() != f"{header}\n":
                    troubles.append(f"{path.name} has other columns")
        for each in bundle.resources:
            if each.get("table") == shape.name and each["schema"] != shape.table_schema:
                troubles.append(f"{NAME} describes {each['path']} otherwise")
    return judged(
        "schema", troubles, f"{len(bundle.tables)} tables, columns and types as described"
    )


def _rows_and_totals(bundle: Bundle) -> Check:
    return _rows_of_tables(bundle) if bundle.is_day else _rows_of_answer(bundle)


def _rows_of_answer(bundle: Bundle) -> Check:
    (each,) = bundle.resources
    exact = csv_is_exact(bundle.manifest)
    names = list(each["controlTotals"])
    found = answer_counts(bundle.folder / each["path"], names, exact_csv=exact)
    listed = {name: each[name] for name in found}
    troubles = [] if found == listed else [f"{each['path']} holds {found}, not what is listed"]
    return judged("rows and totals", troubles, f"{found['rows']:,} rows, totals as listed")


def _rows_of_tables(bundle: Bundle) -> Check:
    counts = {
        path.stem: _counted(parquet_rows([path]), shape)
        for shape in bundle.tables
        for path in bundle.paths(shape, ".parquet")
    }
    troubles = []
    for each in (each for each in bundle.resources if "table" in each):
        found = counts[Path(each["path"]).stem]  # of a CSV file, too: the two are compared
        if found != {"rows": each["rows"], **each["controlTotals"]}:
            troubles.append(f"{each['path']} holds {found}, not what is listed")
    rows = sum(found["rows"] for found in counts.values())
    return judged("rows and totals", troubles, f"{rows:,} rows, control totals as listed")


def _formats(bundle: Bundle) -> Check:
    exact = csv_is_exact(bundle.manifest)
    troubles = []
    pairs = 0
    for shape in bundle.tables:
        both = (bundle.paths(shape, suffix) for suffix in (".csv", ".parquet"))
        for text, parquet in zip(*both, strict=True):
            pairs += 1
            as_text = table_digest(csv_rows([text], shape, exact=exact))
            if as_text != table_digest(parquet_rows([parquet])):
                troubles.append(f"{text.name} and {parquet.name} hold different rows")
    return judged("formats agree", troubles, f"{pairs} CSV files equal their Parquet files")


def _tables(bundle: Bundle) -> Check:
    """Types, hours and devices add up to the same; the top is that of the devices."""
    top = Top()
    for batch in bundle.parquet(FULL):
        top.add(batch)
    said = bundle.own["controlTotals"]
    counts = {shape.name: _counted(bundle.parquet(shape), shape) for shape in FIGURES}
    sums = {name: (found["clicks"], found["events"]) for name, found in counts.items()}
    sums["the manifest"] = (said["clicks"], said["events"])
    troubles = []
    if len(set(sums.values())) > 1:
        troubles.append(f"clicks and events differ: {sums}")
    if any(one != other for one, other in zip_longest(_types(bundle), _types_of_devices(bundle))):
        troubles.append("types and devices differ by type")
    if said["devices"] != counts[FULL.name]["rows"]:
        troubles.append("the manifest counts other devices than devices holds")
    if not top.table().equals(pa.Table.from_batches(bundle.parquet(TOP), TOP.schema)):
        troubles.append("top_devices is not the top of devices")
    return judged("tables agree", troubles, f"{said['clicks']:,} clicks in each of them")


def _workbook(bundle: Bundle) -> Check:
    path = bundle.folder / "report.xlsx"
    types, hours = sums_of_types(bundle.parquet(TYPES), bundle.parquet(HOURS))
    top = (row for batch in bundle.parquet(TOP) for row in batch.to_pylist())
    troubles = []
    for shape, rows in ((TYPES, types.rows), (HOURS, hours.rows), (TOP, top)):
        expected = [tuple(map(_as_cell, row.values())) for row in rows]
        if list(sheet_rows(path, shape)) != expected:
            troubles.append(f"the sheet {shape.name} of {path.name} holds other rows")
    said = {**bundle.own["controlTotals"], "new devices": bundle.own["newDevices"]}
    said |= {"state": bundle.own["state"], "version": f"v{bundle.own['version']}"}
    summary = summary_of(path)
    if any(summary.get(name) != value for name, value in said.items()):
        troubles.append(f"the sheet Summary of {path.name} says otherwise")
    return judged("workbook", troubles, "its sheets equal the Parquet files")


def _page(bundle: Bundle) -> Check:
    text = (bundle.folder / "report.html").read_text(encoding="utf-8")
    said = {**bundle.own["controlTotals"], "new devices": bundle.own["newDevices"]}
    shown = CARD.findall(text)
    marked = MARK in text
    troubles = []
    if shown != [(name, number(n)) for name, n in said.items()]:
        troubles.append(f"report.html shows other figures: {shown}")
    if marked != (bundle.own["state"] == "provisional"):
        troubles.append("report.html is marked as another state")
    return judged("page", troubles, "shows the same totals and state")


def _figures(bundle: Bundle) -> Check:
    found = f"sha256:{figures_of(bundle)}"
    troubles = [] if found == bundle.own["figures"] else [f"the rows digest to {found}"]
    return judged("figures", troubles, f"{found[:23]}…, as the manifest says")


def _counted(batches: Any, shape: Shape) -> dict[str, int]:
    counts = dict.fromkeys(["rows", *sums_of(shape)], 0)
    for batch in batches:
        counts["rows"] += len(batch)
        for name in sums_of(shape):
            counts[name] += pc.sum(batch[name]).as_py() or 0
    return counts


def _types(bundle: Bundle) -> Iterator[TypeSum]:
    """Type, clicks, events and devices, in the table's order."""
    for batch in bundle.parquet(TYPES):
        for row in batch.to_pylist():
            yield row["device_type"], row["clicks"], row["events"], row["devices"]


def _types_of_devices(bundle: Bundle) -> Iterator[TypeSum]:
    """The same, summed: in the order of devices those of a type stand together."""
    every = (each for batch in bundle.parquet(FULL) for each in _types_in(batch))
    for name, parts in groupby(every, key=lambda part: part[0]):
        clicks, events, devices = (sum(column) for column in list(zip(*parts, strict=True))[1:])
        yield name, clicks, events, devices


def _types_in(batch: pa.RecordBatch) -> Iterable[TypeSum]:
    sums = [("clicks", "sum"), ("events", "sum"), ("clicks", "count")]
    # Groups come in any order; text sorts by its bytes here as in the database.
    found = pa.table(batch).group_by("device_type").aggregate(sums).sort_by("device_type")
    return zip(*(column.to_pylist() for column in found.columns), strict=True)


def _as_cell(value: Any) -> Any:
    """As a workbook gives it back."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value  # noqa: DTZ001
