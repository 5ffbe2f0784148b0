"""How times, lengths and ranges are read."""

from datetime import date, datetime, timedelta

import pytest
import typer

from cli import arguments
from cli.arguments import (
    calendar_day,
    length,
    moment,
    offset_range,
    span,
    whole_minutes,
    zone,
)

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, 12, 0, 30)  # noqa: DTZ001


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "_now", lambda: NOW)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3_600), ("7d", 604_800)]
)
def test_lengths(text: str, seconds: int) -> None:
    assert length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "0m", "-5m", "5 m", "5M", "1.5h", "9999999999d"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        length(text)


def test_whole_minutes() -> None:
    assert (whole_minutes("120s"), whole_minutes("2h")) == (2, 120)
    with pytest.raises(typer.BadParameter, match="whole minutes"):
        whole_minutes("90s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("-2h", datetime(2026, 3, 1, 10, 0, 30)),  # noqa: DTZ001
        ("2019-03-01", datetime(2019, 3, 1)),  # noqa: DTZ001
        ("2019-03-01T06:30", datetime(2019, 3, 1, 6, 30)),  # noqa: DTZ001
        ("2019-03-01T06:30:00Z", datetime(2019, 3, 1, 6, 30)),  # noqa: DTZ001
        ("2019-03-01T06:30:00+05:30", datetime(2019, 3, 1, 1, 0)),  # noqa: DTZ001
    ],
)
def test_moments_are_utc_without_a_zone(text: str, expected: datetime) -> None:
    assert moment(text) == expected
    assert moment(text).tzinfo is None


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "12:00", "2019-13-01", "-", "-5", "-999999999d", "0001-01-01T00:00+14:00"],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment(text)


def test_ranges() -> None:
    assert offset_range("3:10:250") == (3, 10, 250)
    for text in ("", "0:1", "0:5:5", "0:9:5", "a:1:2", "0:-1:5", "0:1:2:3"):
        with pytest.raises(typer.BadParameter):
            offset_range(text)


def test_zones() -> None:
    assert str(zone("Asia/Kolkata")) == "Asia/Kolkata"
    for text in ("", "Mars/Olympus", "../etc/passwd", "/etc/passwd"):
        with pytest.raises(typer.BadParameter):
            zone(text)


def test_a_span_ends_now_and_has_its_default_length() -> None:
    hour = timedelta(hours=1)
    assert span(None, None, hour) == (NOW - hour, NOW)
    assert span(None, datetime(2019, 1, 1), hour)[0] == datetime(2018, 12, 31, 23)  # noqa: DTZ001
    with pytest.raises(typer.BadParameter, match="before"):
        span(NOW, NOW, hour)
    with pytest.raises(typer.BadParameter, match="too early"):
        span(None, datetime(1, 1, 1), hour)  # noqa: DTZ001


def test_a_day_is_a_date_and_never_a_moment() -> None:
    assert calendar_day("2026-01-31") == date(2026, 1, 31)
    for text in ("", "now", "-2h", "2026-02-30", "2026-01-31T23:00-05:00"):
        with pytest.raises(typer.BadParameter, match="is no date"):
            calendar_day(text)


@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-30", "2100-01-02", "9999-12-31"])
def test_a_day_is_of_the_years_that_events_may_come_from(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="No event can be of"):
        calendar_day(text)
