"""``clickledger ledger``: which offsets have been applied, and the proof that the books balance."""

from typing import TYPE_CHECKING, Any

import typer

from cli.arguments import AsJson
from cli.output import note, print_json, print_rows, printable

if TYPE_CHECKING:
    from clickledger.ledger.audit import AuditReport, CheckResult


app = typer.Typer(help="Show the ledger and prove that it balances.", no_args_is_help=True)


@app.command()
def audit(as_json: AsJson = False) -> None:
    """Prove that the books balance; exit code 20 with the rows that break it.

    \b
    Example:
      clickledger ledger audit
    """
    from cli.database import database
    from clickledger.errors import AuditFailedError
    from clickledger.ledger.audit import AUDIT_TIMEOUT_S, run_audit
    from clickledger.settings import load_settings

    with database(load_settings(), read_timeout_s=AUDIT_TIMEOUT_S) as connection:
        report = run_audit(connection, on_check=_ignore if as_json else _show_check)
    if as_json:
        print_json(report.as_dict())
    else:
        for row in report.open_gaps:
            print(
                f"lost    partition {row['kafka_partition']} [{row['start_offset']:,},"
                f" {row['end_offset']:,}): {printable(row['reason'])}; `clickledger backfill`"
            )
        for row in report.lost_records:
            print(
                f"unproven partition {row['kafka_partition']} [{row['start_offset']:,},"
                f" {row['end_offset']:,}): raw records lost, counts remain:"
                f" {printable(row['reason'])}"
            )
        if report.ok:
            print("The books balance.")
    if not report.ok:
        raise AuditFailedError(_verdict(report), next_step="docs/runbooks/audit-failed.md")


def _verdict(report: "AuditReport") -> str:
    return f"The books do not balance: {', '.join(sorted(report.failed))}."


def _ignore(check: "CheckResult") -> None:
    """Nothing is shown while JSON is to come."""


def _show_check(check: "CheckResult") -> None:
    print(f"{'ok    ' if check.ok else 'BROKEN'}  {check.proves}", flush=True)
    if check.ok:
        return
    rows = check.as_dict()["rows"]
    print_rows([{name: printable(str(value)) for name, value in row.items()} for row in rows], "")
    if check.violations > len(rows):
        print(f"… {check.violations:,} rows in all")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show how far each partition has been applied.

    \b
    Example:
      clickledger ledger show
    """
    from cli.database import database
    from clickledger.ledger.positions import read_positions
    from clickledger.settings import load_settings

    settings = load_settings()
    with database(settings) as connection:
        positions = read_positions(connection, settings.topic)
    rows: list[dict[str, Any]] = [
        {
            "partition": position.partition,
            "origin_offset": position.origin_offset,
            "next_offset": position.next_offset,
            "last_record_offset": position.last and position.last.offset,
            "last_record_sha256": position.last and position.last.digest.hex(),
            "topic_id": position.topic_id,
        }
        for position in positions.values()
    ]
    if as_json:
        print_json({"topic": settings.topic, "partitions": rows})
        return
    note(f"Topic {settings.topic}:")
    print_rows(rows, "Nothing has been applied yet.")
