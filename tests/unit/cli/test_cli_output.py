"""What is printed: times with their zone, numbers aligned, nothing that steers a terminal."""

import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.output import escaped, print_json, print_rows, print_table, printable, shown, shown_time

pytestmark = pytest.mark.unit
MOMENT = datetime(2026, 3, 29, 0, 30)  # noqa: DTZ001


def test_times() -> None:
    assert shown_time(MOMENT) == "2026-03-29T00:30:00Z"
    assert shown_time(MOMENT.replace(microsecond=7_000)) == "2026-03-29T00:30:00.007Z"
    assert shown_time(MOMENT, ZoneInfo("Asia/Kolkata")) == "2026-03-29T06:00:00+05:30"
    assert shown_time(MOMENT, ZoneInfo("America/New_York")) == "2026-03-28T20:30:00-04:00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (1_234_567, "1,234,567"),
        (Decimal("1234"), "1,234"),
        (True, "yes"),
        (MOMENT, "2026-03-29T00:30:00Z"),
        ("a\x1b[31m", "a\\x1b[31m"),
    ],
)
def test_values_in_tables(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.binary(max_size=80))
def test_escaped_bytes_are_printable_and_say_which_they_were(value: bytes) -> None:
    text = escaped(value)
    assert text.isprintable()
    back = text.encode("utf-8").decode("unicode_escape", "strict") if text.isascii() else None
    if back is not None and all(byte < 128 for byte in value):
        assert back.encode("latin-1") == value


@given(st.text(max_size=40))
def test_printable_text_has_nothing_a_terminal_acts_on(text: str) -> None:
    assert printable(text).isprintable()


@given(st.binary(max_size=30), st.binary(max_size=30))
@example(b"\xff", b"\\xff")
@example(b"\n", b"\\n")
def test_different_bytes_never_look_the_same(one: bytes, other: bytes) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


def test_numbers_are_aligned_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("NAME", "CLICKS"), [("a", 5), ("long name", 12_345)])
    assert capsys.readouterr().out == (
        "NAME       CLICKS\n"
        "a               5\n"
        "long name  12,345\n"
    )  # fmt: skip


def test_no_rows_are_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], "Nothing there.")
    assert capsys.readouterr().out == "Nothing there.\n"


def test_json_has_plain_numbers_and_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"sum": Decimal("12"), "age": Decimal("1.5"), "at": MOMENT, "raw": b"\xff\n", "id": "ü"}
    print_json(data)
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {
        "sum": 12, "age": 1.5, "at": "2026-03-29T00:30:00Z", "raw": "\\xff\\n", "id": "ü",
    }  # fmt: skip
