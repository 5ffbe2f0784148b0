"""Has a manifest the shape of ours? A bundle may be damaged anywhere, or be a stranger's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

Shape: TypeAlias = "Mapping[str, Callable[[Any], bool]]"


def misshapen(found: Any) -> str | None:
    """The first place that is not as we write it; ``None`` where all are."""
    return next(_troubles(found), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _is_file_name(value: Any) -> bool:
    """Of the bundle's own folder."""
    return isinstance(value, str) and re.fullmatch(r"[\w-][\w.-]*", value) is not None


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("sha256:")


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and _parses(date.fromisoformat, value)


def _is_hour(value: Any) -> bool:
    """With its cut: the next offset by partition."""
    return (
        isinstance(value, dict)
        and _is_text(value.get("hour"))
        and _parses(datetime.fromisoformat, value["hour"])
        and _are_numbers(value.get("cut"))
        and all(partition.isdecimal() for partition in value["cut"])
    )


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


OF_A_FILE: Shape = {"path": _is_file_name, "bytes": _is_number, "hash": _is_digest}
OF_A_TABLE: Shape = {
    "rows": _is_number,
    "controlTotals": _are_numbers,
    "schema": lambda value: isinstance(value, dict),
}
OF_ALL: Shape = {
    "csvText": lambda value: isinstance(value, dict) and isinstance(value.get("applied"), bool),
}
OF_A_DAY: Shape = {
    "day": _is_day,
    "timeZone": _is_text,
    "version": _is_number,
    "state": _is_text,
    "figures": _is_digest,
    "controlTotals": lambda value: (
        _are_numbers(value) and {"clicks", "events", "devices"} <= value.keys()
    ),
    "hours": lambda value: isinstance(value, list) and all(map(_is_hour, value)),
}
OF_A_QUESTION: Shape = {"question": _is_text}


def _troubles(found: Any) -> Iterator[str]:
    if not isinstance(found, dict):
        yield "it is not an object"
        return
    resources, own = found.get("resources"), found.get("clickledger")
    if not isinstance(resources, list) or not isinstance(own, dict):
        yield "it has no `resources` or no `clickledger`"
        return
    for place, each in enumerate(resources):
        yield from _unlike(f"resources[{place}]", each, OF_A_FILE)
        if isinstance(each, dict) and {"table", "rows", "controlTotals"} & each.keys():
            yield from _unlike(f"resources[{place}]", each, OF_A_TABLE)
    yield from _unlike("clickledger", own, OF_ALL)
    yield from _unlike("clickledger", own, OF_A_DAY if "day" in own else OF_A_QUESTION)


def _unlike(where: str, found: Any, shape: Shape) -> Iterator[str]:
    if not isinstance(found, dict):
        yield f"{where} is not an object"
        return
    for name, fits in shape.items():
        if not fits(found.get(name)):
            yield f"{where}.{name} is missing or not what it should be"
