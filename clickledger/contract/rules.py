"""The event contract as data: the reasons, the limits, and the characters they speak of.

``docs/contract.md`` tells senders the same; its tables are made from here (``contract.tables``).
What stands in stored ranges is a ``document()`` of the rules they were judged by (protocol P3).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from clickledger.errors import ConfigurationError

DELIMITER = "|"
FIELDS = ("deviceId", "deviceType", "time", "click")
LINE_ENDS = ("\r\n", "\n", "\r")  # one of them, at the very end, is not part of the event

# Spelled out, not taken from the tables of Java or Python: those change with their Unicode version,
# and an old event must get its old verdict. Tests compare them with both.
CONTROL = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))  # general category Cc
WHITE_SPACE = frozenset(  # property White_Space
    map(chr, (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))
) | frozenset("\u2028\u2029\u202f\u205f\u3000")
BYTE_ORDER_MARK = "\ufeff"

MAX_DIGITS = 18  # more would not fit a signed 64-bit number


class Reason(StrEnum):
    """Why a record is rejected: a closed set. The first broken rule, in this order, counts."""

    NULL_VALUE = "null_value"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    WRONG_FIELD_COUNT = "wrong_field_count"
    BAD_DEVICE_ID = "bad_device_id"
    BAD_DEVICE_TYPE = "bad_device_type"
    BAD_TIME = "bad_time"
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_OLD = "time_too_old"
    BAD_CLICK = "bad_click"


@dataclass(frozen=True)
class Rules:
    """The limits. A character is a code point; ``time`` is compared with the Kafka timestamp."""

    contract: int = 1  # version of what the code does with these limits
    max_bytes: int = 1_024  # of the value without its line end
    device_id_max_chars: int = 64
    device_type_max_chars: int = 32
    time_min_ms: int = 946_684_800_000  # 2000-01-01, itself allowed
    time_max_ms: int = 4_102_444_800_000  # 2100-01-01, itself not allowed
    time_max_digits: int = 15
    max_click: int = 1_000_000
    click_max_digits: int = 15
    max_future_ms: int | None = None  # None: no such limit
    max_age_ms: int | None = None

    def __post_init__(self) -> None:
        limits = [value for value in asdict(self).values() if value is not None]
        wrong = [n for n in limits if type(n) is not int or not 0 <= n < 10**MAX_DIGITS]
        if wrong or max(self.time_max_digits, self.click_max_digits) > MAX_DIGITS:
            raise ConfigurationError(
                f"Rules must be whole numbers from 0 to {MAX_DIGITS} digits, and allow no more"
                f" digits in a number: {self.document()}"
            )

    def document(self) -> str:
        """Canonical JSON: equal rules have equal documents, in every release."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """SHA-256 of the document, in hex."""
        return hashlib.sha256(self.document().encode("ascii")).hexdigest()

    @classmethod
    def from_document(cls, text: str) -> Self:
        """The rules that ``document()`` wrote.

        Raises:
            ConfigurationError: not such a document, or of a contract this release does not know.
        """
        names = {field.name for field in fields(cls)}
        try:
            document: Any = json.loads(text)
        except ValueError:
            document = None
        if not isinstance(document, dict) or document.keys() != names:
            raise ConfigurationError(f"This is not a document of rules: {text[:200]}")
        rules = cls(**document)
        if rules.contract not in CONTRACTS:
            raise ConfigurationError(
                f"This release knows contract {sorted(CONTRACTS)}, not {rules.contract}.",
                next_step="run the release that wrote these rules, or a newer one",
            )
        return rules


# Every version stays: a recount judges each range by the rules that it was applied under.
CONTRACTS: Mapping[int, Rules] = {1: Rules()}
