"""``datapackage.json``: what a bundle is, file by file, for programs of any make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from clickledger.clock import utc_text
from clickledger.errors import NotVerifiedError
from reports.facts import Facts
from reports.gaps import gap_as_dict
from reports.manifest_shape import misshapen
from reports.neutral_text import rule
from reports.registry import ListedFile
from reports.table_files import TableFile
from reports.tables import FIGURES, Shape

NAME = "datapackage.json"
RUN = "run.json"  # what differs from run to run: no part of a bundle's identity
SUMS_FILE = "SHA256SUMS"  # for sha256sum --check; it vouches for the manifest too
FORMAT = 1
OWN = "clickledger"  # the key under which stands what Frictionless has no word for
MEDIA_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "json": "application/json",
}


def manifest_of(
    facts: Facts, folder: Path, tables: Sequence[TableFile], figures: str, *, exact_csv: bool
) -> dict[str, Any]:
    """Of a folder that is complete but for its manifest."""
    listed = {each.path: each for each in tables}
    others = [name for name in ("report.xlsx", "report.html") if name not in listed]
    resources = [_table_resource(folder, each) for each in tables]
    resources += [file_resource(folder / name) for name in others]
    return {
        "name": f"clicks-{facts.day.day}-{facts.name}",
        "title": f"Clicks of {facts.day.day}, version {facts.version}, {facts.state}",
        "description": "Click statistics of one day. Check it with `clickledger verify`.",
        "resources": resources,
        OWN: _own(facts, figures) | {"csvText": rule(exact=exact_csv)},
    }


def file_resource(path: Path) -> dict[str, Any]:
    """A file of the bundle that holds no table."""
    size, digest = size_and_digest(path)
    return {
        "name": path.name.replace(".", "-").lower(),
        "path": path.name,
        "format": path.suffix[1:],
        "mediatype": MEDIA_TYPES[path.suffix[1:]],
        "bytes": size,
        "hash": f"sha256:{digest}",
    }


def table_resource(
    path: Path, shape: Shape | None, rows: int, totals: Mapping[str, int]
) -> dict[str, Any]:
    """A file that holds rows; ``shape`` is not known for a question of somebody's own."""
    found = file_resource(path)
    found["name"] = found["name"].replace("_", "-")
    if path.suffix == ".csv":
        found |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\n"}}
    if shape is not None:
        found |= {"title": shape.title, "schema": shape.table_schema, "table": shape.name}
    return found | {"rows": rows, "controlTotals": dict(totals)}


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """The same document gives the same bytes."""
    path.write_text(as_json(document), encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Of a bundle; it has the shape of ours.

    Raises:
        NotVerifiedError: there is none, or it is not one of ours.
    """
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NotVerifiedError(f"{folder} holds no {NAME}: it is not a bundle.") from None
    except OSError as error:
        raise NotVerifiedError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise NotVerifiedError(f"{path} cannot be read: it is not JSON.") from None
    if wrong := misshapen(found):
        raise NotVerifiedError(f"{path} is damaged, or not of a bundle of ours: {wrong}.")
    return cast("dict[str, Any]", found)


def figures_are_whole(folder: Path, manifest_sha256: str) -> bool:
    """Whether a version's figures can be compared with: its Parquet files are those of its row."""
    names = {shape.name for shape in FIGURES}
    try:
        listed = [each for each in read_manifest(folder)["resources"] if each.get("table") in names]
        tables = [each for each in listed if each["path"].endswith(".parquet")]
        return size_and_digest(folder / NAME)[1] == manifest_sha256 and all(
            f"sha256:{size_and_digest(folder / each['path'])[1]}" == each["hash"] for each in tables
        )
    except (NotVerifiedError, OSError):
        return False


def csv_is_exact(manifest: Mapping[str, Any]) -> bool:
    """Whether the cells of its CSV files are as clients sent them, for a spreadsheet to run."""
    return not manifest[OWN]["csvText"]["applied"]


def listed_files(manifest: Mapping[str, Any]) -> Iterable[ListedFile]:
    """The files of a bundle, as ``export_files`` keeps them."""
    for each in manifest["resources"]:
        digest = each["hash"].removeprefix("sha256:")
        yield ListedFile(each["path"], each["bytes"], digest, each.get("rows"))


def size_and_digest(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def sums_text(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    """``SHA256SUMS`` of a bundle: the files as the manifest lists them, and itself as it is."""
    digests = {each.path: each.sha256 for each in listed_files(manifest)}
    digests[NAME] = size_and_digest(folder / NAME)[1]
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def as_json(document: Mapping[str, Any]) -> str:
    """The same document gives the same text."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _table_resource(folder: Path, each: TableFile) -> dict[str, Any]:
    return table_resource(folder / each.path, each.shape, each.rows, each.totals)


def _own(facts: Facts, figures: str) -> dict[str, Any]:
    day = facts.day
    return {
        "format": FORMAT,
        "day": str(day.day),
        "timeZone": day.time_zone,
        "startsAt": utc_text(day.starts_at),
        "endsAt": utc_text(day.ends_at),
        "version": facts.version,
        "state": facts.state,
        "heldBackBy": list(facts.held),
        "reason": facts.reason,
        "since": facts.since and facts.since.version,
        "figures": f"sha256:{figures}",
        "controlTotals": {name: facts.total(name) for name in ("clicks", "events", "devices")},
        "newDevices": facts.new.all,
        "comparedWith": {
            each.what: each.published and {"day": each.day, "version": each.published.version}
            for each in facts.comparisons
        },
        "completeness": {"hours": day.hours, "reconciled": day.reconciled_hours},
        "rules": list(facts.origins.rules),
        "releases": facts.origins.releases,
        "hours": [hour.as_dict() for hour in facts.origins.hours],
        "gaps": [*map(gap_as_dict, facts.gaps)],
    }
