"""``clickledger generate``: made-up clicks, to try out, to test, and as the stack's traffic."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import moment
from cli.ending import INTERRUPTED
from cli.output import binary_output, note
from clickledger.signal_event import SignalEvent

if TYPE_CHECKING:
    from clickledger.generator.events import EventGenerator
    from clickledger.generator.model import Span
    from clickledger.generator.outputs import Output
    from clickledger.generator.truth import Truth
    from clickledger.settings import Settings

# A fixed day, so that a seed alone says what comes out.
DEFAULT_START, DAY = datetime(2025, 1, 1), timedelta(days=1)  # noqa: DTZ001
FOLLOW_DELIVERY_TIMEOUT_S = 600  # longer than any restart of a broker
FOLLOW_ENDING_FLUSH_S = 5
Share = Annotated[float, typer.Option(min=0, max=1, help="Share of all events.")]
Time = typer.Option(parser=moment, metavar="TIME", help="Of the events: ISO time, now or -2h.")


def generate(  # noqa: PLR0913, PLR0917 - the options of a command
    events: Annotated[int, typer.Option(min=1, help="How many.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same events.")] = 1,
    devices: Annotated[int, typer.Option(min=1, help="How many devices click.")] = 1_000,
    start: Annotated[datetime | None, Time] = None,
    end: Annotated[datetime | None, Time] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Events of now, without end.")] = False,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help="Events a second; with --follow the setting traffic_rate."),
    ] = None,
    late: Share = 0.02,
    duplicates: Share = 0.005,
    malformed: Share = 0.005,
    to_kafka: Annotated[
        bool, typer.Option("--to-kafka", help="Into the topic; else to standard output.")
    ] = False,
    own_servers: Annotated[
        bool,
        typer.Option("--own-servers", help="Allow endless made-up clicks into servers of yours."),
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the true figures there: JSON, or CSV by name."),
    ] = None,
) -> None:
    """Make up clicks that look real.

    A daily curve, few busy and many quiet devices, some events late, some sent twice, some
    malformed in every way that clients know. Without --start they are of 2025-01-01, a day long.
    The truth holds clicks and events by minute, type and device, and the rejected by reason, as the
    event contract judges them.

    \b
    Example:
      clickledger generate --events 1000000 --seed 7 --truth truth.json > clicks.psv
      clickledger generate --start -24h --end now --to-kafka
      clickledger generate --follow --rate 200 --to-kafka
    """
    from clickledger.generator.events import EventGenerator
    from clickledger.generator.model import TrafficModel
    from clickledger.settings import load_settings

    settings = load_settings()
    if follow and to_kafka and not own_servers:
        require_embedded(settings)
    if truth and not truth.absolute().parent.is_dir():
        raise typer.BadParameter(f"There is no folder {truth.absolute().parent}.")
    generator = EventGenerator(
        TrafficModel(
            seed=seed,
            devices=devices,
            late_share=late,
            duplicate_share=duplicates,
            malformed_share=malformed,
        )
    )
    books = _books(generator, settings) if truth else None
    stop = Stop()
    with _output(settings, to_kafka=to_kafka, follow=follow) as output:
        if follow:
            with stop.on_signals():
                _follow(generator, rate or settings.traffic_rate, stop, output, books)
        else:
            _make(generator, _span(start, end), events, rate, output, books)
    if books and truth:
        books.write(truth)
    if stop.by == signal.SIGINT:
        raise typer.Exit(INTERRUPTED)


def require_embedded(settings: "Settings") -> None:
    """Refuse to fill servers that are not ours."""
    from clickledger.errors import ConfigurationError

    if not (settings.embedded_kafka and settings.embedded_mysql):
        raise ConfigurationError(
            "Endless made-up clicks are for the embedded Kafka and MySQL only.",
            next_step="if your own servers may be filled with them, say so with --own-servers",
        )


def _books(generator: "EventGenerator", settings: "Settings") -> "Truth":
    from clickledger.generator.truth import Truth
    from clickledger.ledger.rules_versions import effective_rules

    return Truth(generator.population, effective_rules(settings, log_append_time=True))


def _span(start: datetime | None, end: datetime | None) -> "Span":
    from clickledger.clock import to_epoch_ms
    from clickledger.generator.model import Span

    since = start or (end - DAY if end else DEFAULT_START)
    return Span(to_epoch_ms(since), to_epoch_ms(end or since + DAY))


@contextmanager
def _output(settings: "Settings", *, to_kafka: bool, follow: bool) -> Iterator["Output"]:
    from clickledger.generator.outputs import KafkaOutput, LineOutput

    if not to_kafka:
        yield LineOutput(binary_output())
        return
    from cli.quiet import quiet_kafka
    from clickledger.sending.sender import DELIVERY_TIMEOUT_S, Sender

    quiet_kafka()
    timeout_s = FOLLOW_DELIVERY_TIMEOUT_S if follow else DELIVERY_TIMEOUT_S
    with Sender(settings, delivery_timeout_s=timeout_s) as sender:
        yield KafkaOutput(sender)
        sent = sender.flush(timeout_s=FOLLOW_ENDING_FLUSH_S if follow else None)
        note(f"{sent:,} events sent to {settings.topic} and acknowledged.")


def _make(
    generator: "EventGenerator",
    span: "Span",
    total: int,
    rate: float | None,
    output: "Output",
    books: "Truth | None",
) -> None:
    from cli.progress import progress_shown
    from clickledger.generator.outputs import paced

    made, counted = 0, None
    with progress_shown("events") as on_progress:
        for chunk, values in paced(generator.over(span, total), rate):
            output.write(values)
            if books and chunk is not counted:
                books.add(counted := chunk)
            made += len(values)
            on_progress(made, made / total)


def _follow(
    generator: "EventGenerator",
    rate: float,
    stop: "Stop",
    output: "Output",
    books: "Truth | None",
) -> None:
    from clickledger.generator.following import follow

    for chunk in follow(generator, rate, stop.event):
        if output.stalled:  # traffic is a demonstration: while Kafka is away there is none
            continue
        output.write(chunk.values)
        if books:
            books.add(chunk)


class Stop:
    """Set by SIGTERM and Ctrl-C, so that what is under way is ended in order; ``by`` says which."""

    def __init__(self) -> None:
        self.event = SignalEvent()
        self.by: int | None = None

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """While this lasts, the signals set it."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self._set) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _set(self, number: int, frame: FrameType | None) -> None:
        self.by = number
        self.event.set()
