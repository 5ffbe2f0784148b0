"""``clickledger ledger accept-loss`` and ``losses``: raw records that are gone."""

from typing import Annotated

import typer

from cli.arguments import AsJson, By, offset_range
from cli.output import print_json, print_rows


def accept_loss(
    lost: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="PARTITION:START:END",
            help="What is lost, exactly; without it: say what Kafka has dropped.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is accepted, for the record.")] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Accept that raw records of counted events are lost: the archive goes on behind them.

    Either Kafka dropped them before they were archived, or a file of a segment cannot be restored.
    Figures stay as they were counted. Hours that the records may belong to are not reconciled any
    more; every audit shows the range. It cannot be taken back.

    \b
    Example:
      clickledger ledger accept-loss
      clickledger ledger accept-loss --range 0:1000:1250 --reason "the disk is gone, no copy"
    """
    from batch.accept_loss import Word, lost_ranges
    from batch.accept_loss import accept_loss as accept
    from clickledger.errors import OperationRefusedError
    from clickledger.ledger.positions import OffsetRange
    from clickledger.settings import load_settings
    from lifecycle.operations import operator

    settings = load_settings()
    if lost is None:
        spans = [str(span) for span in lost_ranges(settings)]
        print_json({"lost": spans}) if as_json else print("Lost: " + ("; ".join(spans) or "-"))
        if spans:
            raise OperationRefusedError(
                "Raw records are lost: that needs a person's word.",
                next_step="name each with --range",
            )
        return
    span = OffsetRange(*offset_range(lost))
    accept(settings, span, Word(by or operator(), reason))
    if as_json:
        print_json({"accepted": span.partition, "start": span.start, "end": span.end})
        return
    print(f"The raw records of {span} are lost; what they count to remains.")
    print("Next: `clickledger reconcile` goes on with the other hours")


def list_losses(as_json: AsJson = False) -> None:
    """List the raw records that were accepted as lost.

    \b
    Example:
      clickledger ledger losses
    """
    from batch.archive.losses import read_losses
    from cli.database import database
    from clickledger.settings import load_settings

    settings = load_settings()
    with database(settings) as connection:
        rows = [
            {
                "partition": loss.span.partition,
                "start": loss.span.start,
                "end": loss.span.end,
                "records": loss.records,
                "accepted_at": loss.accepted_at,
                "accepted_by": loss.accepted_by,
                "reason": loss.reason,
            }
            for loss in read_losses(connection, settings.topic)
        ]
    if as_json:
        print_json({"topic": settings.topic, "losses": rows})
        return
    print_rows(rows, "No raw records were accepted as lost.")
