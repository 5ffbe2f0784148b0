"""``clickledger rejects``: what was rejected, why, and how it looked."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from cli.arguments import AsJson, Zone
from cli.output import escaped, print_json, print_rows, with_times


def rejects(
    hours: Annotated[int, typer.Option(min=1, max=1_000_000, help="Hours of arrival back.")] = 24,
    samples: Annotated[bool, typer.Option("--samples", help="Show samples too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many samples.")] = 20,
    reason: Annotated[str | None, typer.Option(help="Samples of this reason only.")] = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Count rejected records by reason, and show samples.

    The bytes of a sample are escaped: what a terminal would act on is shown, not done.

    \b
    Example:
      clickledger rejects --hours 1 --samples --limit 5 --reason bad_time
    """
    from cli.database import database
    from clickledger.clock import utc_now
    from clickledger.mysql.connection import fetch_all
    from clickledger.mysql.statements import statement
    from clickledger.settings import load_settings

    since = utc_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    asked = {"since": since, "limit": limit if samples else 0, "reason": reason}
    with database(load_settings()) as connection:
        counted = fetch_all(connection, statement("cli/rejected_by_reason"), asked)
        found = fetch_all(connection, statement("cli/rejected_samples"), asked)
    counts = with_times(counted, zone)
    shown = with_times(map(readable, found), zone)
    if as_json:
        print_json({"since": since, "reasons": counts, "samples": shown})
        return
    print_rows(counts, "Nothing was rejected in that time.")
    if samples and counts:
        print()
        print_rows(shown, "There are no samples.")


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """A sample with its bytes as safe text; ``bytes`` is how long the whole value was."""
    raw = row["raw"]
    return {
        "partition": row["kafka_partition"],
        "offset": row["kafka_offset"],
        "reason": row["reason"],
        "arrived_at": row["arrived_at"],
        "bytes": row["true_length"],
        "value": None if raw is None else escaped(raw),
    }
