"""The table of examples (``examples.yaml``): what every form of the contract must agree on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from clickledger.contract.oracle import Event
from clickledger.contract.rules import CONTRACTS, DELIMITER, Reason, Rules

FILE = Path(__file__).with_name("examples.yaml")
FIELD_KEYS = ("id", "type", "time", "click")


@dataclass(frozen=True, slots=True)
class Example:
    """A record's value and Kafka timestamp, the rules it is judged by, and the right verdict."""

    name: str
    value: bytes | None
    kafka_time_ms: int
    rules: Rules
    expected: Event | Reason


def load_examples() -> list[Example]:
    """All examples, in the file's order."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [_example({**document["defaults"], **entry}) for entry in document["examples"]]


def _example(entry: dict[str, Any]) -> Example:
    fields = [_text(entry[key]) for key in FIELD_KEYS]
    device_id, device_type, time, click = fields
    expected: Event | Reason = (
        Reason(entry["reason"])
        if "reason" in entry
        else Event(device_id, device_type, int(time), int(click))
    )
    return Example(
        name=entry["name"],
        value=_value(entry, DELIMITER.join(fields)),
        kafka_time_ms=entry["kafka_time_ms"],
        rules=replace(
            CONTRACTS[1],
            max_future_ms=entry.get("max_future_ms"),
            max_age_ms=entry.get("max_age_ms"),
        ),
        expected=expected,
    )


def _value(entry: dict[str, Any], joined: str) -> bytes | None:
    end: bytes = entry.get("end", "").encode()
    if "hex" in entry:
        return bytes.fromhex(_text(entry["hex"])) + end
    if "value" not in entry:
        return joined.encode() + end
    return None if entry["value"] is None else _text(entry["value"]).encode() + end


def _text(given: Any) -> str:
    if isinstance(given, dict):
        text, times = given["repeat"]
        return str(text) * int(times)
    return str(given)
