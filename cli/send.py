"""``clickledger send``: lines into the topic, as they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsJson
from cli.output import escaped, note, print_json

if TYPE_CHECKING:
    from clickledger.contract.rules import Rules
    from clickledger.sending.sender import Sender
    from clickledger.settings import Settings


def send(
    events: Annotated[
        list[str] | None, typer.Argument(metavar="[EVENT]...", help="Else lines of stdin.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Warn of events that the contract will reject.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send events and wait until Kafka has them.

    The bytes are not changed, and not judged: that is the stream's work.

    \b
    Example:
      clickledger send "phone-1|mobile|$(date +%s000)|1"
      tail -f clicks.psv | clickledger send --check
    """
    from cli.quiet import quiet_kafka
    from clickledger.sending.sender import Sender
    from clickledger.settings import load_settings

    quiet_kafka()
    settings = load_settings()
    rules = _rules(settings) if check else None
    with Sender(settings) as sender:
        for number, value in enumerate(_values(events), start=1):
            if rules:
                _warn(number, value, rules)
            sender.send(value, (number - 1) % sender.partitions)
        sender.flush()
    _tell(sender, as_json)


def _values(events: list[str] | None) -> Iterator[bytes]:
    from clickledger.sending.lines import Source, read_lines

    if events:
        # Arguments that are no UTF-8 reach Python as surrogates; this gives their bytes back.
        yield from (event.encode("utf-8", "surrogateescape") for event in events)
        return
    with Source(None).opened() as (stream, _):
        yield from read_lines(stream)


def _rules(settings: "Settings") -> "Rules":
    from clickledger.ledger.rules_versions import effective_rules

    return effective_rules(settings, log_append_time=True)


def _warn(number: int, value: bytes, rules: "Rules") -> None:
    import time

    from clickledger.contract.oracle import judge
    from clickledger.contract.rules import Reason

    verdict = judge(value, int(time.time() * 1000), rules)
    if isinstance(verdict, Reason):
        note(f"warning: event {number} will be rejected ({verdict}): {escaped(value[:200])}")


def _tell(sender: "Sender", as_json: bool) -> None:
    if as_json:
        written = {
            partition: {"first": found.first, "last": found.last, "count": found.count}
            for partition, found in sorted(sender.written.items())
        }
        print_json({"topic": sender.topic, "sent": sender.acknowledged, "partitions": written})
        return
    print(f"{sender.acknowledged:,} sent to {sender.topic} and acknowledged.")
    for partition, found in sorted(sender.written.items()):
        where = (
            f"offset {found.first}"
            if found.count == 1
            else f"offsets {found.first} to {found.last}"
        )
        print(f"  partition {partition}: {found.count:,}, {where}")
