"""``clickledger stats``: the last minutes by type, the totals, and how the stream does."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.arguments import AsJson, Zone
from cli.output import print_json, print_table, printable, shown, shown_time

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor
    from rich.console import Group

    from clickledger.settings import Settings

REFRESH_S = 1.0
TOTALS_EVERY_S = 10.0  # a pass over a whole table, if a small one


def stats(
    minutes: Annotated[
        int, typer.Option(min=1, max=60, help="How many of the newest minutes.")
    ] = 10,
    once: Annotated[
        bool, typer.Option("--once", help="Print once instead of each second.")
    ] = False,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Show the last minutes by type, totals, lag and rate.

    On a terminal the table is live, refreshed every second.

    \b
    Example:
      clickledger stats
      clickledger stats --json --minutes 2 | jq .totals.clicks
    """
    import sys

    from clickledger.settings import load_settings

    settings = load_settings()
    if as_json:
        print_json(_shown_in(zone, next(snapshots(settings, minutes))))
    elif once or sys.stdout is None or not sys.stdout.isatty():
        _print(next(snapshots(settings, minutes)), zone)
    else:
        _live(settings, minutes, zone)


def snapshots(settings: "Settings", minutes: int) -> Iterator[dict[str, Any]]:
    """The figures now, as often as asked; one connection for all."""
    from cli.database import database

    totals: dict[str, Any] = {}
    totals_at = float("-inf")
    with database(settings) as connection:
        while True:
            if time.monotonic() - totals_at > TOTALS_EVERY_S:
                totals, totals_at = _totals(connection), time.monotonic()
            yield {**_now(connection, minutes), "totals": totals}


def _totals(connection: "Connection[Cursor]") -> dict[str, Any]:
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement

    return fetch_all(connection, statement("cli/all_totals"))[0]


def _now(connection: "Connection[Cursor]", minutes: int) -> dict[str, Any]:
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from lifecycle.health import judge_health, observe

    seen = observe(connection, None)
    health = judge_health(seen)
    return {
        "stream": f"{health.verdict}: {health.detail}",
        "lag_events": seen.state["lag_events"],
        "records_per_s": seen.records_per_s,
        "last_commit_age_s": seen.commit_age_s,
        "minutes": fetch_all(connection, statement("cli/recent_types"), {"minutes": minutes}),
    }


def pivot(rows: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Types as columns, a row a minute: (header, rows), the clicks of all types last."""
    types = sorted({row["device_type"] for row in rows})
    clicks: dict[datetime, dict[str, int]] = {}
    for row in rows:
        clicks.setdefault(row["minute"], {})[row["device_type"]] = int(row["clicks"])
    table = [
        [minute, *(found.get(name, 0) for name in types), sum(found.values())]
        for minute, found in clicks.items()
    ]
    return ["MINUTE", *types, "ALL"], table


def summary(figures: dict[str, Any]) -> list[str]:
    """The lines under the table."""
    totals, age_s = figures["totals"], figures["last_commit_age_s"]
    span = "nothing was counted yet"
    if totals["events"]:
        first, last = (shown_time(totals[name]) for name in ("first_minute", "last_minute"))
        counted = f"{shown(totals['clicks'])} clicks in {shown(totals['events'])} events"
        span = f"{counted}, {first} to {last}"
    rate, lag = figures["records_per_s"], figures["lag_events"]
    commit = "never" if age_s is None else f"{age_s:,.1f} s ago"
    return [
        f"all time:    {span}",
        f"stream:      {printable(figures['stream'])}",
        f"             {shown(rate)} records/s, lag {shown(lag)} events, last commit {commit}",
    ]


def _shown_in(zone: ZoneInfo | None, figures: dict[str, Any]) -> dict[str, Any]:
    rows = [{**row, "minute": shown_time(row["minute"], zone)} for row in figures["minutes"]]
    return {**figures, "minutes": rows}


def _table(figures: dict[str, Any], zone: ZoneInfo | None) -> tuple[list[str], list[list[Any]]]:
    header, rows = pivot(figures["minutes"])
    return header, [[shown_time(minute, zone), *counts] for minute, *counts in rows]


def _print(figures: dict[str, Any], zone: ZoneInfo | None) -> None:
    header, rows = _table(figures, zone)
    if rows:
        print_table([printable(name) for name in header], rows)
    else:
        print("No click in the last hour.")
    for line in summary(figures):
        print(line)


def _live(settings: "Settings", minutes: int, zone: ZoneInfo | None) -> None:
    from rich.live import Live

    figures = snapshots(settings, minutes)
    with Live(_drawn(next(figures), zone), auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_S)
            live.update(_drawn(next(figures), zone), refresh=True)


def _drawn(figures: dict[str, Any], zone: ZoneInfo | None) -> "Group":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    header, rows = _table(figures, zone)
    table = Table(title="clicks by minute" if rows else "no click in the last hour")
    for index, name in enumerate(header):
        table.add_column(Text(printable(name)), justify="right" if index else "left")
    for row in rows:
        table.add_row(*map(shown, row))
    return Group(table, Text("\n".join(summary(figures))))
