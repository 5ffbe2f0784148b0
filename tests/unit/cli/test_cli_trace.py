"""What a trace says of an hour that has no minute rows any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from batch.trace.from_figure import FigureTrace
from batch.trace.from_offset import Fate, OffsetTrace
from cli.trace import _figure_as_dict, _offset_as_dict, _show_figure, _tell

pytestmark = pytest.mark.unit

MINUTE = datetime(2026, 1, 15, 12, 4)  # noqa: DTZ001 - naive UTC, as the tables have it
OPEN = FigureTrace("reconciled", (5, 2), None, (), (), 2, (5, 2), None, ())
SEALED = replace(OPEN, hour_state="sealed", figure=None, sealed_figure=(70, 30))
OFFSET = OffsetTrace(
    Fate.COUNTED, key=(MINUTE, "tv", "d1"), hour_state="sealed", sealed_figure=(70, 30)
)
WHOLE_HOUR = "in the whole hour 70 clicks of 30 events"


def test_a_minute_of_a_sealed_hour(capsys: pytest.CaptureFixture[str]) -> None:
    assert (OPEN.explained, SEALED.explained) == (True, None)
    _show_figure(SEALED)
    said = capsys.readouterr().out
    assert WHOLE_HOUR in said
    assert "sealed" in said
    assert "NOT" not in said
    shown = _figure_as_dict(SEALED)
    assert (shown["figure"], shown["explained"]) == (None, None)
    assert shown["sealed_figure"] == {"clicks": 70, "events": 30}


def test_an_offset_of_a_sealed_hour(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(0, 7, OFFSET, as_json=False)
    assert f"d1: {WHOLE_HOUR} (sealed)." in capsys.readouterr().out
    assert _offset_as_dict(OFFSET)["sealed_figure"] == {"clicks": 70, "events": 30}


def test_a_minute_that_has_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    _show_figure(OPEN)
    said = capsys.readouterr().out
    assert "5 clicks of 2 events; the hour is reconciled." in said
    assert "that is the figure" in said
