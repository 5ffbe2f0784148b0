"""``clickledger window``, ``device``, ``devices`` and ``top``: questions to the minute rows."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.arguments import AsJson, From, To, Zone, calendar_day, span, whole_minutes
from cli.output import print_json, print_rows, with_times

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_WINDOW_MINUTES = 366 * 24 * 60


def window(
    length: Annotated[
        int,
        typer.Option(parser=whole_minutes, metavar="TIME", help="Whole minutes, like 5m or 1h."),
    ],
    slide: Annotated[
        int | None,
        typer.Option(parser=whole_minutes, metavar="TIME", help="How far apart; else the length."),
    ] = None,
    begin: From = None,
    end: To = None,
    device_type: Annotated[
        str | None, typer.Option("--type", help="Of one device type; else all together.")
    ] = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Count clicks in sliding windows.

    Shows windows that lie wholly within the time asked for, those without a click too; without
    --from those of the last hour.

    \b
    Example:
      clickledger window --length 5m --slide 1m
      clickledger window --length 1h --from 2019-03-01 --to 2019-03-02 --type mobile
    """
    since, until = span(begin, end, HOUR + timedelta(minutes=length))
    if until - since > timedelta(minutes=MOST_WINDOW_MINUTES):
        raise typer.BadParameter("Ask for at most 366 days at once.")
    asked = {"start": since, "end": until, "length": length, "slide": slide or length}
    _answer("queries/sliding_windows", {**asked, "device_type": device_type}, zone, as_json)


def device(
    device_id: Annotated[str, typer.Argument(metavar="ID")],
    begin: From = None,
    end: To = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Newest minutes.")] = 60,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show one device's minutes.

    The newest first; without --from those of all time.

    \b
    Example:
      clickledger device AiDS4k1rQZ --from 2019-03-01 --to 2019-03-08
    """
    since, until = span(begin or datetime(2000, 1, 1), end or datetime(2100, 1, 1), DAY)  # noqa: DTZ001
    asked = {"device_id": device_id, "start": since, "end": until, "limit": limit}
    _answer("queries/device_history", asked, zone, as_json)


def devices(
    day: Annotated[
        date | None,
        typer.Option(
            parser=calendar_day, metavar="DATE", help="In the report time zone; else today."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the devices of a day, and how many of them are new.

    New is a device without any event before that day, in whatever order events arrived.

    \b
    Example:
      clickledger devices --day 2019-03-01
    """
    from clickledger.report_calendar import report_day
    from clickledger.settings import load_settings

    zone = load_settings().report_time_zone
    asked = report_day(zone, day or datetime.now(ZoneInfo(zone)).date())
    span_of_day = {"start": asked.starts_at, "end": asked.ends_at}
    _answer("queries/new_devices", span_of_day, None, as_json)


def top(
    begin: From = None,
    end: To = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 10,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show the devices with most clicks.

    Without --from those of the last hour.

    \b
    Example:
      clickledger top --limit 20 --from -24h
    """
    since, until = span(begin, end, HOUR)
    asked = {"start": since, "end": until, "limit": limit}
    _answer("queries/top_devices", asked, zone, as_json)


def _answer(query: str, asked: dict[str, Any], zone: ZoneInfo | None, as_json: bool) -> None:
    from cli.database import database
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from clickledger.settings import load_settings

    with database(load_settings()) as connection:
        rows = with_times(fetch_all(connection, statement(query), asked), zone)
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, "Nothing was counted in that time.")
