"""``clickledger trace``: from a figure to its raw records, and from an offset to its figure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AsJson, Place, moment, place
from cli.output import escaped, print_json, print_rows, shown_time

if TYPE_CHECKING:
    from batch.trace.from_figure import FigureTrace
    from batch.trace.from_offset import OffsetTrace
    from batch.trace.judging import Traced

START: Place = (-1, -1)
SAID = {
    True: "that is the figure",
    False: "that is NOT the figure",
    None: "whether that was the minute's figure is not known any more",
}


def trace(
    minute: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="TIME", help="Minute of the figure.")
    ] = None,
    device_type: Annotated[str | None, typer.Option("--type", help="Its device type.")] = None,
    device: Annotated[str | None, typer.Option(help="Its device.")] = None,
    offset: Annotated[
        str | None, typer.Option(metavar="PARTITION:OFFSET", help="Instead: one record.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many records.")] = 100,
    after: Annotated[
        str, typer.Option(metavar="PARTITION:OFFSET", help="Show records behind this one.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show the raw records behind a figure, or what became of an offset.

    Records come from the archive, and from Kafka where they are not archived yet: with bytes, Kafka
    timestamp, the release and generation that counted them, and the corrections of the row. All
    that were counted are shown; of rejected ones those that lie near a counted event of the hour.

    \b
    Example:
      clickledger trace --minute 2026-11-22T13:04 --type mobile --device phone-1
      clickledger trace --offset 0:1200 --json
    """
    from batch.trace.from_figure import trace_figure
    from batch.trace.from_offset import trace_offset
    from cli.database import database
    from clickledger.kafka.topic_log import TopicLog
    from clickledger.settings import load_settings

    settings = load_settings()
    named = (minute, device_type, device)
    if (offset is None) == (named == (None, None, None)) or (offset is None and None in named):
        raise typer.BadParameter("Name --minute, --type and --device, or --offset.")
    with database(settings) as connection, TopicLog(settings) as log:
        if offset is not None:
            where = place(offset)
            _tell(*where, trace_offset(connection, settings, log, *where), as_json)
            return
        assert minute is not None  # noqa: S101 - checked above
        key = (_whole(minute), str(device_type), str(device))
        found = trace_figure(
            connection, settings, log, key, after=place(after) if after else START, limit=limit
        )
    print_json(_figure_as_dict(found)) if as_json else _show_figure(found)


def _whole(minute: datetime) -> datetime:
    return minute - timedelta(seconds=minute.second, microseconds=minute.microsecond)


def _record_as_dict(found: "Traced") -> dict[str, Any]:
    from clickledger.clock import from_epoch_ms

    record, applied = found.record, found.counted_by or {}
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "verdict": str(found.verdict),
        "clicks": found.event and found.event.click,
        "kafka_time": from_epoch_ms(record.kafka_time_ms),
        "timestamp_type": record.timestamp_type,
        "bytes": None if record.value is None else len(record.value),
        "value": record.value,
        "place": record.file or "kafka",
        "segment": record.segment and [record.segment.start, record.segment.end],
        "release": applied.get("release_name"),
        "generation": applied.get("generation"),
        "epoch": applied.get("epoch"),
        "applied_at": applied.get("applied_at"),
        "rules_version": found.judged_by,
        "restated_by": found.restated_by,
    }


def _sums(figure: tuple[int, int] | None) -> dict[str, int] | None:
    return figure and dict(zip(("clicks", "events"), figure, strict=True))


def _in_words(figure: tuple[int, int] | None) -> str:
    clicks, events = figure or (0, 0)
    return f"{clicks:,} clicks of {events:,} events"


def _figure_as_dict(found: "FigureTrace") -> dict[str, Any]:
    return {
        "hour_state": found.hour_state,
        "figure": _sums(found.figure),
        "sealed_figure": _sums(found.sealed_figure),
        "counted": _sums(found.counted),
        "explained": found.explained,
        "records": [_record_as_dict(each) for each in found.records],
        "records_in_all": found.found,
        "next": found.next_place and "{}:{}".format(*found.next_place),
        "not_read": [str(span) for span in found.not_read],
        "corrections": list(found.corrections),
    }


def _show_figure(found: "FigureTrace") -> None:
    if found.hour_state == "sealed":
        print(f"The hour is sealed, and its minute rows are gone: {_of_hour(found.sealed_figure)}.")
    elif found.figure is None:
        print(f"There is no such minute row; its hour is {found.hour_state or 'not known'}.")
    else:
        print(f"{_in_words(found.figure)}; the hour is {found.hour_state}.")
    _show_records(found.records)
    clicks, events = found.counted
    said = SAID[found.explained]
    print(f"{found.found:,} records, {events:,} counted with {clicks:,} clicks: {said}.")
    if found.next_place:
        print("More: --after {}:{}".format(*found.next_place))
    for span in found.not_read:
        print(f"Not read, too long: {span}. Archive first: `clickledger archive`.")
    _show_corrections(found.corrections)


def _of_hour(figure: tuple[int, int] | None) -> str:
    return f"in the whole hour {_in_words(figure)}"


def _show_records(records: "Sequence[Traced]") -> None:
    names = ("partition", "offset", "verdict", "clicks", "kafka_time", "release", "generation")
    rows = []
    for each in records:
        row = _record_as_dict(each)
        value = row["value"]
        shown = {"value": None if value is None else escaped(value), "place": row["place"]}
        rows.append({name: row[name] for name in names} | shown)
    print_rows(rows, "No record names it.")


def _show_corrections(rows: Sequence[Mapping[str, Any]]) -> None:
    hidden = {"id", "clicks_delta", "events_delta"}
    if rows:
        print("Corrections of this row:")
        print_rows([{n: v for n, v in row.items() if n not in hidden} for row in rows], "")


def _tell(partition: int, offset: int, found: "OffsetTrace", as_json: bool) -> None:
    if as_json:
        print_json(_offset_as_dict(found))
        return
    print(f"Offset {offset:,} of partition {partition}: {found.fate}.")
    if found.traced:
        _show_records([found.traced])
    if found.key:
        minute, kind, device = found.key
        print(f"It is in the figure of {shown_time(minute)} {escaped(kind.encode())}", end=" ")
        is_sealed = found.hour_state == "sealed"
        figure = _of_hour(found.sealed_figure) if is_sealed else _in_words(found.figure)
        print(f"{escaped(device.encode())}: {figure} ({found.hour_state}).")
    _show_corrections(found.corrections)


def _offset_as_dict(found: "OffsetTrace") -> dict[str, Any]:
    names = ("minute", "device_type", "device_id")
    return {
        "fate": str(found.fate),
        "record": found.traced and _record_as_dict(found.traced),
        "range": found.applied,
        "key": found.key and dict(zip(names, found.key, strict=True)),
        "hour_state": found.hour_state,
        "figure": _sums(found.figure),
        "sealed_figure": _sums(found.sealed_figure),
        "corrections": list(found.corrections),
    }
