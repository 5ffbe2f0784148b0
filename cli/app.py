"""Which commands there are.

The modules of commands import at their top only what is cheap; what is heavy stands where it is
used, so that ``--help`` and ``status`` answer at once.
"""

from typing import Annotated

import typer

from cli import (
    backfill,
    batch,
    corrections,
    env,
    export,
    figures,
    game_day,
    gaps,
    generate,
    grants,
    hours,
    ledger,
    losses,
    maintenance,
    migrate,
    quality,
    rejects,
    release,
    replay,
    restate,
    send,
    stats,
    status,
    stream,
    trace,
    verify,
)
from cli.ending import DEBUG

app = typer.Typer(
    help="Exact click statistics from Kafka in MySQL: run, watch, feed and prove them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(epilog="Each command has an example in its own help: clickledger stats --help")
def _options(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help=f"Show tracebacks (also {DEBUG}=1).")
    ] = False,
) -> None:
    context.obj.debug |= debug


app.command("status")(status.status)
app.command("stats")(stats.stats)
app.command("window")(figures.window)
app.command("device")(figures.device)
app.command("devices")(figures.devices)
app.command("top")(figures.top)
app.command("rejects")(rejects.rejects)
app.add_typer(stream.app, name="stream")
stream.app.command("accept-gap")(gaps.accept_gap)
app.command("game-day")(game_day.game_day)
app.add_typer(release.app, name="release")
app.add_typer(ledger.app, name="ledger")
ledger.app.command("gaps")(gaps.list_gaps)
ledger.app.command("accept-loss")(losses.accept_loss)
ledger.app.command("losses")(losses.list_losses)
app.command("archive")(batch.archive)
app.command("reconcile")(batch.reconcile)
app.add_typer(hours.app, name="hours")
app.add_typer(corrections.app, name="corrections")
app.command("restate")(restate.restate)
app.command("backfill")(backfill.backfill)
app.command("maintenance")(maintenance.maintenance)
app.command("trace")(trace.trace)
app.command("quality")(quality.quality)
app.add_typer(export.app, name="export")
app.command("verify")(verify.verify)
app.command("send")(send.send)
app.command("replay")(replay.replay)
app.command("generate")(generate.generate)
app.command("migrate")(migrate.migrate)
app.command("grants")(grants.grants)
app.command("env")(env.env)
