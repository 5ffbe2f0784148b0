r"""The contract as Spark SQL expressions, in text: built-in functions only, no Python on any row.

Text and not ``Column`` objects, because a micro-batch builds its plan anew: a ``Column`` takes a
trip to the JVM for each part of it (``judged`` 75 ms), a text is parsed there in one go (14 ms).

Regular expressions end with ``\z``: Java's ``$`` lets a line feed follow.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from clickledger.clock import HOUR_MS
from clickledger.contract.rules import (
    BYTE_ORDER_MARK,
    CONTROL,
    DELIMITER,
    LINE_ENDS,
    WHITE_SPACE,
    Reason,
    Rules,
)

Rule = tuple[Reason, str]  # the text is true where the rule is kept; a null is not


def in_hours(hours_ms: Collection[int]) -> str:
    """True where ``minute_ms`` lies in one of these hours, each given by its beginning."""
    hours = ", ".join(map(str, sorted(hours_ms)))
    return f"minute_ms - pmod(minute_ms, {HOUR_MS}) IN ({hours})"


def first_broken(rules_in_order: Iterable[Rule]) -> str:
    """The reason of the first rule that is not kept; null where all are."""
    branches = (f"WHEN ({kept}) IS NOT TRUE THEN '{reason}'" for reason, kept in rules_in_order)
    return f"CASE {' '.join(branches)} END"


def whole_rules(text: str, has_four: str, fields: Sequence[str], rules: Rules) -> Iterator[Rule]:
    """All rules, each of which may rely on those before it.

    ``text`` is the column ``body`` (binary) as a string; ``fields`` are its fields if it has four.
    """
    device_id, device_type, time, click = fields
    yield Reason.NULL_VALUE, "body IS NOT NULL"
    yield Reason.TOO_LARGE, f"octet_length(body) <= {rules.max_bytes}"
    yield Reason.NOT_UTF8, f"is_valid_utf8({text})"
    yield Reason.WRONG_FIELD_COUNT, has_four
    yield from id_rules(device_id, device_type, rules)
    yield Reason.BAD_TIME, is_number(time, rules.time_max_digits)
    yield from time_rules(number(time), rules)
    yield Reason.BAD_CLICK, is_number(click, rules.click_max_digits)
    yield Reason.BAD_CLICK, f"{number(click)} <= {rules.max_click}"


def head_rules(head: str, rules: Rules) -> Iterator[Rule]:
    """The rules that ``deviceId|deviceType`` can break, when the rest is known to keep all."""
    yield Reason.NOT_UTF8, f"is_valid_utf8({head})"
    yield Reason.WRONG_FIELD_COUNT, has_fields(head, 2)
    yield from id_rules(field(head, 0), field(head, 1), rules)


def id_rules(device_id: str, device_type: str, rules: Rules) -> Iterator[Rule]:
    """The rules on the two ids."""
    yield Reason.BAD_DEVICE_ID, is_id(device_id, rules.device_id_max_chars)
    yield Reason.BAD_DEVICE_TYPE, is_id(device_type, rules.device_type_max_chars)


def time_rules(time_ms: str, rules: Rules) -> Iterator[Rule]:
    """The rules on the time as a number."""
    yield Reason.BAD_TIME, f"{time_ms} >= {rules.time_min_ms} AND {time_ms} < {rules.time_max_ms}"
    if rules.max_future_ms is not None:
        yield Reason.TIME_IN_FUTURE, f"{time_ms} <= kafka_time_ms + {rules.max_future_ms}"
    if rules.max_age_ms is not None:
        yield Reason.TIME_TOO_OLD, f"{time_ms} >= kafka_time_ms - {rules.max_age_ms}"


def without_line_end(value: str) -> str:
    """``value`` (binary) without one final CRLF, LF or CR; in bytes: it may be no text at all."""
    branches = (
        f"WHEN endswith({value}, X'{line_end.encode().hex()}')"
        f" THEN substr({value}, 1, octet_length({value}) - {len(line_end)})"
        for line_end in LINE_ENDS
    )
    return f"CASE {' '.join(branches)} ELSE {value} END"


def field(text: str, index: int) -> str:
    """The field ``index``, from 0, of a text that has so many."""
    up_to_it = f"substring_index({text}, '{DELIMITER}', {index + 1})"
    return f"substring_index({up_to_it}, '{DELIMITER}', -1)"


def has_fields(text: str, count: int) -> str:
    """Whether the delimiter cuts a text into ``count`` fields."""
    return matches(text, rf"[^|]*(?:[|][^|]*){{{count - 1}}}")


def number(text: str) -> str:
    """The number in a text; null where Spark sees none."""
    return f"try_cast({text} AS BIGINT)"


def is_number(text: str, max_digits: int) -> str:
    """Whether a text is digits of ASCII and nothing else."""
    return matches(text, rf"[0-9]{{1,{max_digits}}}")


def is_id(text: str, max_chars: int) -> str:
    """The rule for deviceId and deviceType, on valid UTF-8."""
    character = f"[^{_members(CONTROL)}]"  # a code point, also one beyond U+FFFF
    at_no_end = f"[{_members(WHITE_SPACE | {BYTE_ORDER_MARK})}]"
    return matches(text, rf"(?!{at_no_end}){character}{{1,{max_chars}}}(?<!{at_no_end})")


def matches(text: str, pattern: str) -> str:
    """Whether a Java regular expression matches the whole text."""
    return rf"{text} RLIKE r'\A{pattern}\z'"


def _members(characters: Iterable[str]) -> str:
    """The inside of a character class, as ranges: Java tries its members one after the other."""
    ranges: list[list[int]] = []
    for code_point in sorted(map(ord, characters)):
        if ranges and code_point == ranges[-1][1] + 1:
            ranges[-1][1] = code_point
        else:
            ranges.append([code_point, code_point])
    return "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges)
