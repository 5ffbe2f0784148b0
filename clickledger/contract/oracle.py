"""The contract in plain Python, written to be read. Slow; every other form is tested against it."""

import re
from dataclasses import dataclass

from clickledger.clock import MINUTE_MS
from clickledger.contract.rules import (
    BYTE_ORDER_MARK,
    CONTROL,
    DELIMITER,
    FIELDS,
    LINE_ENDS,
    WHITE_SPACE,
    Reason,
    Rules,
)

NOT_AT_AN_END = WHITE_SPACE | {BYTE_ORDER_MARK}


@dataclass(frozen=True, slots=True)
class Event:
    """An accepted event."""

    device_id: str
    device_type: str
    time_ms: int
    click: int

    @property
    def minute_ms(self) -> int:
        """The start of its UTC minute, epoch milliseconds."""
        return self.time_ms - self.time_ms % MINUTE_MS


def judge(value: bytes | None, kafka_timestamp_ms: int, rules: Rules) -> Event | Reason:
    """The event that a record's value holds, or the first rule it breaks."""
    try:
        return _event(value, kafka_timestamp_ms, rules)
    except _BrokenRuleError as broken:
        return broken.reason


def _event(value: bytes | None, kafka_timestamp_ms: int, rules: Rules) -> Event:
    if value is None:
        raise _BrokenRuleError(Reason.NULL_VALUE)
    body = _without_line_end(value)
    _require(len(body) <= rules.max_bytes, Reason.TOO_LARGE)
    fields = _text(body).split(DELIMITER)
    _require(len(fields) == len(FIELDS), Reason.WRONG_FIELD_COUNT)
    device_id, device_type, time, click = fields

    _require(_is_id(device_id, rules.device_id_max_chars), Reason.BAD_DEVICE_ID)
    _require(_is_id(device_type, rules.device_type_max_chars), Reason.BAD_DEVICE_TYPE)

    _require(_is_number(time, rules.time_max_digits), Reason.BAD_TIME)
    time_ms = int(time)
    _require(rules.time_min_ms <= time_ms < rules.time_max_ms, Reason.BAD_TIME)
    if rules.max_future_ms is not None:
        _require(time_ms <= kafka_timestamp_ms + rules.max_future_ms, Reason.TIME_IN_FUTURE)
    if rules.max_age_ms is not None:
        _require(time_ms >= kafka_timestamp_ms - rules.max_age_ms, Reason.TIME_TOO_OLD)

    _require(_is_number(click, rules.click_max_digits), Reason.BAD_CLICK)
    _require(int(click) <= rules.max_click, Reason.BAD_CLICK)
    return Event(device_id, device_type, time_ms, int(click))


def _without_line_end(value: bytes) -> bytes:
    for line_end in LINE_ENDS:  # CRLF comes first: it is one line end, not two
        if value.endswith(line_end.encode()):
            return value.removesuffix(line_end.encode())
    return value


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise _BrokenRuleError(Reason.NOT_UTF8) from None


def _is_id(text: str, max_chars: int) -> bool:
    if not 1 <= len(text) <= max_chars:
        return False
    return CONTROL.isdisjoint(text) and NOT_AT_AN_END.isdisjoint((text[0], text[-1]))


def _is_number(text: str, max_digits: int) -> bool:
    return re.fullmatch(f"[0-9]{{1,{max_digits}}}", text) is not None


def _require(kept: bool, reason: Reason) -> None:
    if not kept:
        raise _BrokenRuleError(reason)


class _BrokenRuleError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
