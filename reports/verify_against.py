"""Are a bundle's figures still those of the database, and those of the raw events?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import to_epoch_ms, utc_text
from clickledger.errors import UsageError
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import statement
from reports.checks import Check, Status
from reports.day import QUARTER, Day, clock_hours, find_day
from reports.digests import digest_of, table_digest
from reports.origins import Origins, origins_of
from reports.reading import device_rows, hour_rows, type_rows
from reports.registry import exports_of
from reports.tables import FULL, HOURS, Shape
from reports.verify import Bundle

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "600MB"
Cuts: TypeAlias = dict[datetime, dict[int, int]]
# Minute rows (minute_ms, device_type, device_id, clicks, events) of hours, counted from the raw
# records below each hour's cut. Given by whoever may import the layer that can do it.
Recount: TypeAlias = "Callable[[Cuts], Iterable[pa.Table]]"


def against_database(connection: Connection[Cursor], bundle: Bundle) -> Iterator[Check]:
    """The row that was written down, and the figures as the database has them now."""
    day = _day(bundle)
    with consistent_snapshot(connection):
        found = find_day(connection, day)
        _require_same_zone(bundle, found)
        origins = origins_of(connection, found)
        moved = moved_hours(connection, bundle, origins)
        still = unmoved_starts(found, moved)
        tables = (type_rows, hour_rows, device_rows)
        digests = [table_digest(rows(connection, found)) for rows in tables]
        unmoved = _digest_of_hours(hour_rows(connection, found), still)
    yield _registered(connection, bundle)
    same = f"sha256:{digest_of(digests)}" == bundle.own["figures"]
    still_same = unmoved == _digest_of_hours(bundle.parquet(HOURS), still)
    yield _judged("database", moved, same=same, still_same=still_same)


def against_archive(
    connection: Connection[Cursor], bundle: Bundle, recount: Recount
) -> Iterator[Check]:
    """A recount of the raw events at the bundle's own cuts: by device, and by hour and type."""
    day = find_day(connection, _day(bundle))
    _require_same_zone(bundle, day)
    moved = corrected_hours(connection, bundle, origins_of(connection, day))
    cuts = cuts_of(bundle)
    if len(cuts) < len(bundle.own["hours"]):
        provisional = bundle.own["state"] == "provisional"
        status = Status.NOT_APPLICABLE if provisional else Status.FAILED
        yield Check("archive", status, "hours without a cut cannot be counted again")
        return
    with _recounted(recount(cuts), day) as database:
        of_devices = _rows(database, "recount_differs", bundle, FULL) != [(0,)]
        of_hours = {
            start for (start,) in _rows(database, "recount_differs_in_hours", bundle, HOURS)
        }
    still = {to_epoch_ms(start) for start in unmoved_starts(day, moved)}
    same = not of_devices and not of_hours
    yield _judged("archive", moved, same=same, still_same=not of_hours & still)


def cuts_of(bundle: Bundle) -> Cuts:
    """The next offsets, by partition, that each hour was counted up to."""
    return {
        datetime.fromisoformat(hour["hour"]).replace(tzinfo=None): {
            int(partition): end for partition, end in hour["cut"].items()
        }
        for hour in bundle.own["hours"]
        if hour["cut"]
    }


def moved_hours(connection: Connection[Cursor], bundle: Bundle, origins: Origins) -> list[str]:
    """Hours that are not what the bundle was made of."""
    known = _made_of(connection, bundle)
    cuts = {hour["hour"]: hour["cut"] for hour in bundle.own["hours"]}
    return [
        hour.name
        for hour in origins.hours
        if cuts.get(hour.name) != dict(hour.cut)
        or (known and known.get(hour.name, {}).get("version") != hour.version)
    ]


def corrected_hours(connection: Connection[Cursor], bundle: Bundle, origins: Origins) -> list[str]:
    """Hours that were corrected or restated since: a recount below the old cut may differ.

    Late events are no reason, for they lie beyond the cut.
    """
    known = _made_of(connection, bundle)
    return [
        hour.name
        for hour in origins.hours
        if hour.correction > known.get(hour.name, {}).get("correction", 0)
    ]


def unmoved_starts(day: Day, moved: Sequence[str]) -> list[datetime]:
    """Beginnings of the hours on the clock that lie in no hour of UTC that has moved."""
    still = []
    for hour in clock_hours(day):
        last = (hour.ends_at - QUARTER).replace(minute=0)
        within = {hour.starts_at.replace(minute=0), last}  # no hour on a clock touches three
        if not {utc_text(each) for each in within} & set(moved):
            still.append(hour.starts_at)
    return still


def _made_of(connection: Connection[Cursor], bundle: Bundle) -> Mapping[str, dict[str, Any]]:
    """What was written down of the bundle's hours; nothing, if it was published elsewhere."""
    own = bundle.own
    rows = exports_of(connection, own["timeZone"], date.fromisoformat(own["day"]))
    return next((row.hours for row in rows if row.version == own["version"]), {})


def _registered(connection: Connection[Cursor], bundle: Bundle) -> Check:
    from reports.manifest import NAME, size_and_digest

    own = bundle.own
    name = f"{own['day']} v{own['version']}"
    for row in exports_of(connection, own["timeZone"], date.fromisoformat(own["day"])):
        if row.version == own["version"]:
            same = row.manifest_sha256 == size_and_digest(bundle.folder / NAME)[1]
            status = Status.OK if same else Status.FAILED
            what = "the one" if same else "not the one"
            return Check("exports", status, f"{what} that was published as {name}")
    return Check("exports", Status.FAILED, f"{name} was not published from this database")


def _digest_of_hours(batches: Iterable[pa.RecordBatch], starts: Sequence[datetime]) -> str:
    kept = pa.array(starts, HOURS.schema.field("hour").type)
    return table_digest(batch.filter(pc.is_in(batch["hour"], kept)) for batch in batches)


def _rows(
    database: DuckDBPyConnection, name: str, bundle: Bundle, shape: Shape
) -> list[tuple[Any, ...]]:
    files = [str(path) for path in bundle.paths(shape, ".parquet")]
    return database.execute(statement(f"duckdb/{name}"), [files]).fetchall()


def _judged(name: str, moved: Sequence[str], *, same: bool, still_same: bool) -> Check:
    """What has moved excuses itself alone: ``still_same`` is said of all other hours."""
    since = f"moved since: {', '.join(moved)}"
    if same:
        return Check(name, Status.OK, "the same figures")
    if not moved:
        return Check(name, Status.FAILED, "other figures, and no hour has moved since")
    if not still_same:
        return Check(name, Status.FAILED, f"other figures in hours that have not {since}")
    return Check(name, Status.MOVED, since)


def _day(bundle: Bundle) -> date:
    if not bundle.is_day:
        raise UsageError(
            "The answer to a question is of its moment: there is nothing to compare it with.",
            next_step="verify it without --against-database and --against-archive",
        )
    return date.fromisoformat(bundle.own["day"])


def _require_same_zone(bundle: Bundle, day: Day) -> None:
    if day.time_zone != bundle.own["timeZone"]:
        raise UsageError(
            f"The bundle's day is one of {bundle.own['timeZone']}, this deployment's are of"
            f" {day.time_zone}.",
            next_step="set CLICKLEDGER_REPORT_TIME_ZONE for this command, and migrate",
        )


@contextmanager
def _recounted(minutes: Iterable[pa.Table], day: Day) -> Iterator[DuckDBPyConnection]:
    """A database with the day's devices and hours, summed as the minutes come."""
    import duckdb

    hours = [[to_epoch_ms(each.starts_at), to_epoch_ms(each.ends_at)] for each in clock_hours(day)]
    starts, ends = zip(*hours, strict=True)
    span = [to_epoch_ms(day.starts_at), to_epoch_ms(day.ends_at)]
    with tempfile.TemporaryDirectory() as folder:
        config: dict[str, Any] = {"memory_limit": MEMORY, "temp_directory": folder}
        with duckdb.connect(f"{folder}/recount.duckdb", config=config) as database:
            database.execute(statement("duckdb/create_recounted"))
            database.execute(statement("duckdb/create_recounted_hours"))
            database.register("clock_hours", pa.table({"start_ms": starts, "end_ms": ends}))
            for table in minutes:
                database.register("minutes", table)
                database.execute(statement("duckdb/add_recounted"), span)
                database.execute(statement("duckdb/add_recounted_hours"))
                database.unregister("minutes")
            yield database
