"""``clickledger replay``: a file into the topic, at a pace, and again from where it stopped."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsJson, ReadableFile
from cli.output import note, print_json
from clickledger.sending.partitions import PartitionBy

if TYPE_CHECKING:
    from clickledger.sending.journal import Progress
    from clickledger.sending.lines import Source
    from clickledger.sending.pacing import Pace
    from clickledger.sending.replay import ReplayResult


def replay(  # noqa: PLR0913, PLR0917 - the options of a command
    file: ReadableFile,
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Events a second; else all.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.001, help="By the events' own times, so many times as fast."),
    ] = None,
    times: Annotated[int, typer.Option(min=1, help="How many times to send all of it.")] = 1,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="In random order.")] = False,
    seed: Annotated[
        int | None, typer.Option(help="Of the shuffle; else a new one, printed.")
    ] = None,
    partition_by: Annotated[
        PartitionBy, typer.Option(help="What chooses the partition.")
    ] = PartitionBy.ROUND_ROBIN,
    from_line: Annotated[int, typer.Option(min=1, help="Begin at this line.")] = 1,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Remember there what Kafka has, and go on from there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a file's lines to Kafka, byte for byte, resumable.

    The file may be gzipped. The command ends when Kafka has acknowledged all.

    With --state the same command can be run again after any end: it goes on after the last line
    that Kafka is known to have. What was under way when it was killed is sent again, and it says
    how much that is.

    \b
    Example:
      clickledger replay clicks.psv.gz
      clickledger replay clicks.psv.gz --rate 5000 --state replay.json
      clickledger replay - --speed 60 < clicks.psv
    """
    if rate and speed:
        raise typer.BadParameter("Pace by --rate or by --speed, not by both.")
    if shuffle and state and seed is None:
        raise typer.BadParameter("--shuffle with --state needs --seed: the order must be the same.")
    from cli.progress import progress_shown
    from cli.quiet import quiet_kafka
    from clickledger.sending.lines import Order
    from clickledger.sending.replay import ReplayJob, run_replay
    from clickledger.sending.sender import Sender
    from clickledger.settings import load_settings

    quiet_kafka()
    order = Order(times, _shuffle_seed(seed) if shuffle else None)
    job = ReplayJob(_source(file), order, partition_by, from_line, state)
    settings = load_settings()
    earlier = job.earlier(settings.topic)
    if state:
        _tell_beginning(earlier)
    with Sender(settings) as sender, progress_shown("lines", quiet=as_json) as on_progress:
        result = run_replay(job, earlier, sender, _pace(rate, speed), on_progress)
    _tell_end(result, settings.topic, as_json)


def _source(file: Path) -> "Source":
    from clickledger.sending.lines import Source

    return Source(None if str(file) == "-" else file)


def _shuffle_seed(given: int | None) -> int:
    import secrets

    seed = secrets.randbelow(2**31) if given is None else given
    note(f"Shuffled with --seed {seed}")
    return seed


def _pace(rate: float | None, speed: float | None) -> "Pace":
    from clickledger.sending.pacing import EventTimePace, FullSpeed, RatePace

    if rate:
        return RatePace(rate)
    return EventTimePace(speed) if speed else FullSpeed()


def _tell_beginning(earlier: "Progress") -> None:
    if earlier.acknowledged:
        note(f"Going on after line {earlier.acknowledged:,}.")
    if earlier.in_doubt:
        note(
            f"Up to {earlier.in_doubt:,} lines after it may be in Kafka already: the earlier run"
            " was cut off before it knew. They are sent again."
        )


def _tell_end(result: "ReplayResult", topic: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "topic": topic,
                "sent": result.sent,
                "last_line": result.last,
                "in_doubt_before": result.resumed.in_doubt,
            }
        )
        return
    print(f"{result.sent:,} lines sent to {topic} and acknowledged, up to line {result.last:,}.")
