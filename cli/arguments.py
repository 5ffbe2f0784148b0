"""How arguments of the command line are read: times, lengths, ranges."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

Place = tuple[int, int]  # partition, offset
UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
FIRST_DAY, LAST_DAY = date(1999, 12, 31), date(2100, 1, 1)  # UTC's 2000 to 2099 in any time zone
_LENGTH = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd])")
_PLACE = re.compile(r"(?P<partition>[0-9]{1,9}):(?P<offset>[0-9]{1,18})")
_RANGE = re.compile(r"(?P<partition>[0-9]{1,9}):(?P<start>[0-9]{1,18}):(?P<end>[0-9]{1,18})")


def length(text: str) -> timedelta:
    """``90s``, ``5m``, ``1h`` or ``7d``."""
    match = _LENGTH.fullmatch(text)
    if match is None or int(match["number"]) == 0:
        raise typer.BadParameter(f"{text!r} is no length of time: write 90s, 5m, 1h or 7d.")
    try:
        return int(match["number"]) * UNITS[match["unit"]]
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is too long.") from None


def whole_minutes(text: str) -> int:
    """A length of time that is whole minutes."""
    found = length(text)
    if found % UNITS["m"]:
        raise typer.BadParameter(f"{text!r} is not whole minutes: figures are kept by the minute.")
    return found // UNITS["m"]


def moment(text: str) -> datetime:
    """UTC without a zone, from an ISO time (UTC unless it says otherwise), ``now`` or ``-2h``."""
    if text == "now":
        return _now()
    try:
        if text.startswith("-"):
            return _now() - length(text[1:])
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time: write 2026-01-31, 2026-01-31T12:00, …T12:00+05:30, now or -2h."
        ) from None


def calendar_day(text: str) -> date:
    """A date, in the report time zone, of the years that events may come from."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date: write 2026-01-31.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise typer.BadParameter(f"No event can be of {text}: name a day of 2000 to 2099.")
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def zone(text: str) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(
            f"{text!r} is no time zone: write one like Asia/Kolkata."
        ) from None


def offset_range(text: str) -> tuple[int, int, int]:
    """``PARTITION:START:END``; the end is not included."""
    match = _RANGE.fullmatch(text)
    if match is None or int(match["start"]) >= int(match["end"]):
        raise typer.BadParameter(
            f"{text!r} is no range: write PARTITION:START:END, like 0:120:350."
        )
    return int(match["partition"]), int(match["start"]), int(match["end"])


def place(text: str) -> Place:
    """``PARTITION:OFFSET``."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no place: write PARTITION:OFFSET, like 0:1200.")
    return int(match["partition"]), int(match["offset"])


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Zone = Annotated[
    ZoneInfo | None,
    typer.Option("--tz", parser=zone, metavar="ZONE", help="Show times in this zone; else UTC."),
]
From = Annotated[
    datetime | None,
    typer.Option("--from", parser=moment, metavar="TIME", help="ISO time, now or -2h."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", parser=moment, metavar="TIME", help="Not included; else now."),
]
By = Annotated[str | None, typer.Option("--by", help="Who says so; else this user and machine.")]
ReadableFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file, or - for stdin.")]


def span(
    begin: datetime | None, end: datetime | None, default: timedelta
) -> tuple[datetime, datetime]:
    """What ``--from`` and ``--to`` mean; ``default`` is how long it is without ``--from``."""
    until = end or _now()
    try:
        since = begin or until - default
    except OverflowError:
        raise typer.BadParameter(f"--to {until} is too early.") from None
    if since >= until:
        raise typer.BadParameter("--from must be before --to.")
    return since, until
