"""The tables of ``docs/contract.md``, made from the data.

``python -m clickledger.contract.tables`` writes them into the page; a test checks that they are in.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from clickledger.clock import from_epoch_ms
from clickledger.contract.examples import load_examples
from clickledger.contract.rules import CONTRACTS, FIELDS, Reason, Rules
from clickledger.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "contract.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def with_tables(page: str) -> str:
    """The page with every table between its markers as the data has it now."""
    return _TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", page)


def rules_table() -> str:
    """Every rule of the newest contract with its reason, in order."""
    rules = CONTRACTS[max(CONTRACTS)]
    return _table(
        ("", "rule", "reason when broken"),
        ((where, rule, f"`{reason}`") for reason, (where, rule) in _in_words(rules).items()),
    )


def examples_table() -> str:
    """The names of the examples by verdict."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for example in load_examples():
        verdict = example.expected.value if isinstance(example.expected, Reason) else "accepted"
        names[verdict].append(example.name)
    verdicts = ["accepted", *(reason.value for reason in Reason)]
    return _table(("verdict", "examples"), ((f"`{v}`", "; ".join(names[v])) for v in verdicts))


TABLES: dict[str, Callable[[], str]] = {"rules": rules_table, "examples": examples_table}


def _in_words(rules: Rules) -> dict[Reason, tuple[str, str]]:
    device_id, device_type, time, click = FIELDS
    first, end = from_epoch_ms(rules.time_min_ms), from_epoch_ms(rules.time_max_ms)
    return {
        Reason.NULL_VALUE: ("whole value", "it is there: no tombstones"),
        Reason.TOO_LARGE: ("", f"at most {rules.max_bytes:,} bytes, a final line end not counted"),
        Reason.NOT_UTF8: ("", "UTF-8"),
        Reason.WRONG_FIELD_COUNT: ("", rf"exactly {len(FIELDS)} fields, separated by `\|`"),
        Reason.BAD_DEVICE_ID: (device_id, _id_in_words(rules.device_id_max_chars)),
        Reason.BAD_DEVICE_TYPE: (device_type, _id_in_words(rules.device_type_max_chars)),
        Reason.BAD_TIME: (
            time,
            f"1 to {rules.time_max_digits} ASCII digits: milliseconds since 1970-01-01 UTC,"
            f" from {first:%Y-%m-%d} and before {end:%Y-%m-%d}",
        ),
        Reason.TIME_IN_FUTURE: ("", "not more than `max_future` after the Kafka timestamp"),
        Reason.TIME_TOO_OLD: ("", "not more than `max_age` before the Kafka timestamp"),
        Reason.BAD_CLICK: (
            click,
            f"1 to {rules.click_max_digits} ASCII digits: 0 to {rules.max_click:,}",
        ),
    }


def _id_in_words(max_chars: int) -> str:
    return (
        f"1 to {max_chars} characters; no control character; at neither end white space or a byte"
        " order mark"
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
