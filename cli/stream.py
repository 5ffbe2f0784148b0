"""``clickledger stream``: run the driver, operate it, look at it."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsJson, By, length, moment, offset_range
from cli.output import print_json, print_rows, print_words_and_json, printable

if TYPE_CHECKING:
    from lifecycle.operations import Outcome
    from lifecycle.verbs import Ask, Verbs

app = typer.Typer(help="Deploy, restart, drain and look at the stream.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Token = Annotated[
    str | None,
    typer.Option(help="Names this act: given twice, it is done once. Else a new one is made."),
]
Approve = Annotated[
    bool, typer.Option("--approve", help="Say yes to what the plan needs a person's word for.")
]
AskedAt = Annotated[
    datetime | None,
    typer.Option(
        "--asked-at",
        parser=moment,
        metavar="TIME",
        help="Since when this has waited: refused if another operation has ended meanwhile.",
    ),
]
ReleaseName = Annotated[
    str | None, typer.Argument(metavar="RELEASE", help="From `clickledger release list`.")
]

SayOnly = Annotated[bool, typer.Option("--say-only", help="Exit code 0 whatever is found.")]


@app.command()
def run() -> None:
    """Become a driver by hand, in the foreground, from this checkout.

    SIGTERM or Ctrl-C drains it.

    \b
    Example:
      clickledger stream run
    """
    from clickledger.settings import CHECKOUT

    python = Path(sys.prefix) / "bin" / "python"
    os.chdir(CHECKOUT)
    os.execv(python, [str(python), "-m", "streaming"])  # noqa: S606


@app.command()
def plan(
    release: ReleaseName = None,
    say_only: SayOnly = False,
    as_json: AsJson = False,
) -> None:
    """Say what deploying a release, or restarting, would do now; change nothing of the stream.

    `current` is kept as a release first, as `clickledger release create` does: it is asked itself
    by which rules it would judge, and what was planned can be deployed by its name.

    Exit code 22 when it would be refused, or needs a person's word.

    \b
    Example:
      clickledger stream plan
      clickledger stream plan 3f1c2aa-77b1c0de --json | jq .decision
    """
    verbs = _verbs()
    if release == "current":
        from lifecycle.operations import operator

        release = _release_of_this_checkout(verbs, operator())
    found = verbs.plan("deploy" if release else "restart", release)
    if as_json:
        words = found.in_words()
        print_words_and_json(words, {**found.as_dict(), "text": "\n".join(words)})
    else:
        for line in found.in_words():
            print(printable(line))
    if found.decision != "start" and not say_only:
        from clickledger.errors import ExitCode

        raise typer.Exit(ExitCode.OPERATION_REFUSED)


@app.command()
def deploy(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="`current`: this checkout.")],
    reason: Reason,
    token: Token = None,
    approve: Approve = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a release the stream's writer.

    It warms up beside the old driver, takes over when it is ready, is proven, and is rolled back by
    itself when it does not hold.

    \b
    Example:
      clickledger stream deploy current --reason "fewer upserts"
      clickledger stream deploy 3f1c2aa-77b1c0de --reason "new rules" --approve
    """
    verbs = _verbs()
    ask = asked(token, reason, by, approve)
    name = _release_of_this_checkout(verbs, ask.by) if release == "current" else release
    finish(ask, *verbs.deploy(ask, name), as_json)


def _release_of_this_checkout(verbs: "Verbs", by: str) -> str:
    from cli.database import database
    from clickledger.settings import Role
    from lifecycle.releases import create_release

    with database(verbs.settings, Role.OPERATOR) as connection:
        return create_release(connection, verbs.settings, by).release_name


@app.command()
def restart(
    reason: Reason,
    token: Token = None,
    approve: Approve = False,
    by: By = None,
    asked_at: AskedAt = None,
    as_json: AsJson = False,
) -> None:
    """Put a new driver of the same release in the old one's place.

    \b
    Example:
      clickledger stream restart --reason "memory grows" --token ticket-4711
    """
    ask = asked(token, reason, by, approve, asked_at)
    finish(ask, *_verbs().restart(ask), as_json)


@app.command()
def rollback(
    reason: Reason,
    token: Token = None,
    by: By = None,
    asked_at: AskedAt = None,
    as_json: AsJson = False,
) -> None:
    """Go back to the release that was found good before this one.

    \b
    Example:
      clickledger stream rollback --reason "rejects too much"
    """
    ask = asked(token, reason, by, approve=True, asked_at=asked_at)
    finish(ask, *_verbs().rollback(ask), as_json)


@app.command()
def reset(
    reason: Reason,
    token: Token = None,
    by: By = None,
    asked_at: AskedAt = None,
    as_json: AsJson = False,
) -> None:
    """Throw process and checkpoint away at once, without a drain.

    The epoch moves on first, so the old driver cannot commit late; the new one starts from the
    ledger. Nothing is lost and nothing is counted twice.

    \b
    Example:
      clickledger stream reset --reason "it hangs"
    """
    ask = asked(token, reason, by, approve=True, asked_at=asked_at)
    finish(ask, *_verbs().reset(ask), as_json)


@app.command()
def start(
    reason: Reason = "started by hand",
    token: Token = None,
    approve: Approve = False,
    by: By = None,
    asked_at: AskedAt = None,
    as_json: AsJson = False,
) -> None:
    """Want the stream to run again, with the release that ran last.

    \b
    Example:
      clickledger stream start
    """
    ask = asked(token, reason, by, approve, asked_at)
    finish(ask, *_verbs().start(ask), as_json)


@app.command()
def drain(
    reason: Reason,
    token: Token = None,
    by: By = None,
    asked_at: AskedAt = None,
    timeout: Annotated[
        float, typer.Option(min=0, max=58, metavar="SECONDS", help="How long to wait.")
    ] = 58.0,
    as_json: AsJson = False,
) -> None:
    """End the stream in order and prove where it stopped.

    The batch under way commits (it has 45 s), the next one is refused. It stays drained, over
    restarts too, until `clickledger stream start`. What has not ended in time loses its epoch, so
    that it cannot commit any more, and is killed: what it had in hand is counted at the next start.

    \b
    Example:
      clickledger stream drain --reason "kafka update" --timeout 30
    """
    ask = asked(token, reason, by, approve=True, asked_at=asked_at)
    finish(ask, *_verbs().drain(ask, timeout_s=timeout), as_json)


@app.command()
def stop(reason: Reason, token: Token = None, by: By = None, as_json: AsJson = False) -> None:
    """End the stream in order: the same as `drain`.

    \b
    Example:
      clickledger stream stop --reason "the weekend"
    """
    drain(reason, token, by, as_json=as_json)


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Show the verdict on the stream and what it is made of.

    Exit code 1 when somebody should look.

    \b
    Example:
      clickledger stream status
      clickledger stream status --json | jq .verdict
    """
    from cli.stream_status import status_lines, stream_status
    from clickledger.settings import load_settings

    found = stream_status(load_settings())
    if as_json:
        print_json(found)
    else:
        for line in status_lines(found):
            print(line)
    if not found["fine"]:
        raise typer.Exit(1)


@app.command()
def watch(
    lasting: Annotated[
        timedelta | None,
        typer.Option("--for", parser=length, metavar="LENGTH", help="Keep looking for this long."),
    ] = None,
    every: Annotated[
        timedelta, typer.Option(parser=length, metavar="LENGTH", help="Between two looks.")
    ] = "10s",  # type: ignore[assignment]  # Typer parses the default too
    say_only: SayOnly = False,
    as_json: AsJson = False,
) -> None:
    """Look, count a range again, keep the incident, restart where the budget allows.

    Once; with --for again and again until there is something to tell or the time is up. Exit code 1
    when there is trouble. Airflow's `stream_watch` calls it every minute.

    \b
    Example:
      clickledger stream watch --json | jq .did
      clickledger stream watch --for 50s
    """
    from lifecycle.watch import watch_for

    verbs = _verbs()
    seconds = lasting.total_seconds() if lasting else 0.0
    found = watch_for(verbs.settings, verbs, seconds, every.total_seconds())
    words = [
        f"{found.health.verdict}: {found.health.detail}",
        f"did: {found.did}",
        f"counted again: {found.sampled}",
    ]
    if found.health.next_step:
        words.append(f"next: {found.health.next_step}")
    if as_json:
        print_words_and_json(words, found.as_dict())
    else:
        for line in words:
            print(printable(line))
    if not found.health.fine and not say_only:
        raise typer.Exit(1)


@app.command()
def history(
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the last operations and how they ended.

    \b
    Example:
      clickledger stream history --most 5
    """
    from cli.database import database
    from clickledger.settings import load_settings
    from lifecycle.operations import recent_operations

    with database(load_settings()) as connection:
        found = recent_operations(connection, most)
    if as_json:
        print_json([vars(operation) for operation in found])
        return
    rows = [
        {
            "started": operation.started_at,
            "action": operation.action,
            "state": operation.state,
            "stage": operation.stage,
            "release": operation.to_release,
            "by": operation.asked_by,
            "reason": operation.reason,
            "token": operation.token,
        }
        for operation in found
    ]
    print_rows(rows, "Nothing was done yet.")


@app.command("allow-rejects")
def allow_rejects(
    ranges: Annotated[
        list[str],
        typer.Option(
            "--range",
            metavar="PARTITION:START:END",
            help="Offsets, the end not included; once for each partition.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why they may be rejected, for the record.")],
    token: Annotated[str, typer.Option(help="Names this act: given twice, it is done once.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let named ranges pass the reject limit.

    Takes effect at the next start of the stream.

    \b
    Example:
      clickledger stream allow-rejects --range 0:1200:51200 --range 1:900:50900 \\
        --reason "test data of partner X" --token incident-12
    """
    from cli.database import database
    from clickledger.ledger.positions import OffsetRange
    from clickledger.settings import Role, load_settings
    from lifecycle.allowances import Allowance, allow
    from lifecycle.operations import operator

    settings = load_settings()
    spans = tuple(OffsetRange(*offset_range(text)) for text in ranges)
    allowance = Allowance(token, settings.topic, spans, reason, by or operator())
    with database(settings, Role.OPERATOR) as connection:
        added = allow(connection, allowance)
    if as_json:
        print_json({"token": token, "topic": settings.topic, "added": added})
        return
    print(f"{'Allowed' if added else 'Was allowed before'}: {', '.join(map(str, spans))}.")
    print("Next: `clickledger stream start`")


def _verbs() -> "Verbs":
    from clickledger.settings import load_settings
    from lifecycle.verbs import verbs_of

    return verbs_of(load_settings())


def asked(
    token: str | None,
    reason: str,
    by: str | None,
    approve: bool,
    asked_at: datetime | None = None,
) -> "Ask":
    """What every operation needs, with a token of its own if there is none."""
    import uuid

    from lifecycle.operations import operator
    from lifecycle.verbs import Ask

    return Ask(token or str(uuid.uuid4()), reason, by or operator(), approve, asked_at)


def finish(ask: "Ask", outcome: "Outcome", done_now: bool, as_json: bool) -> None:
    """Print how an operation ended, and end with its exit code."""
    words = [] if done_now else [f"The operation {ask.token} has ended before."]
    words += [f"{outcome.state}:", *(f"  {line}" for line in outcome.lines)]
    if as_json:
        document = {"token": ask.token, "done_now": done_now, **outcome.as_dict()}
        print_words_and_json(words, document)
    else:
        for line in words:
            print(printable(line))
    if outcome.exit_code:
        raise typer.Exit(int(outcome.exit_code))
