"""``clickledger stream accept-gap`` and ``clickledger ledger gaps``: what Kafka lost."""

from typing import Annotated

import typer

from cli.arguments import AsJson, By, offset_range
from cli.output import print_json, print_rows
from cli.stream import Token, asked, finish


def accept_gap(
    lost: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="PARTITION:START:END",
            help="What is lost, exactly; without it: say what is.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is accepted, for the record.")] = "",
    token: Token = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Accept that Kafka lost offsets before they were read: the stream goes on behind them.

    The gap stays in the ledger, and every audit shows it, until `clickledger backfill` closes it.
    One operation at a time, as for every act on the stream. No driver may run meanwhile: one that
    does loses the right to write.

    \b
    Example:
      clickledger stream accept-gap
      clickledger stream accept-gap --range 0:1000:1250 --reason "broker was down for 8 days"
    """
    from clickledger.errors import OperationRefusedError
    from clickledger.ledger.positions import OffsetRange
    from clickledger.settings import load_settings
    from lifecycle.accept_gap import accept_gap as accept
    from lifecycle.accept_gap import lost_ranges

    settings = load_settings()
    if lost is None:
        spans = [str(span) for span in lost_ranges(settings)]
        print_json({"lost": spans}) if as_json else print("Lost: " + ("; ".join(spans) or "-"))
        if spans:
            raise OperationRefusedError(
                "Offsets are lost: that needs a person's word.", next_step="name each with --range"
            )
        return
    span = OffsetRange(*offset_range(lost))
    ask = asked(token, reason, by, approve=True)
    finish(ask, *accept(settings, ask, span), as_json)
    if not as_json:
        print("Next: `clickledger stream start`; `clickledger backfill` brings the records back")


def list_gaps(as_json: AsJson = False) -> None:
    """List the ledger's gaps: offsets that Kafka lost, and what was brought back of them.

    \b
    Example:
      clickledger ledger gaps
    """
    from batch.backfill.runs import gap_as_dict
    from cli.database import database
    from clickledger.ledger.gaps import read_gaps
    from clickledger.settings import load_settings

    settings = load_settings()
    with database(settings) as connection:
        found = [gap_as_dict(gap) for gap in read_gaps(connection, settings.topic)]
    if as_json:
        print_json({"topic": settings.topic, "gaps": found})
        return
    names = ("partition", "start", "end", "accepted_at", "reason", "closed_at", "source", "records")
    print_rows([{name: gap.get(name) for name in names} for gap in found], "There are no gaps.")
