"""A line of the log as JSON, and a traceback without passwords."""

from __future__ import annotations

import json
import logging

import pytest
from pydantic import SecretStr

from clickledger.settings import load_settings
from streaming.logs import JsonFormatter, traceback_without_secrets

pytestmark = pytest.mark.unit


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    """As a logger makes it, at a moment that is known."""
    told = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(
        "streaming.sink", logging.WARNING, "sink.py", 7, message, args, exc_info=told
    )
    made.created = 1_767_225_600.1234
    return made


def test_a_line_is_one_object() -> None:
    line = JsonFormatter().format(record('%d of "%s"\nand more', 3, "ü"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00.123+00:00",
        "level": "WARNING",
        "logger": "streaming.sink",
        "message": '3 of "ü"\nand more',
    }
    assert "ü" in line


def test_an_error_comes_with_where_it_came_from() -> None:
    with pytest.raises(ValueError, match="a reason") as caught:
        raise ValueError("a reason")
    error = caught.value
    found = json.loads(JsonFormatter().format(record("failed", error=error)))
    assert found["message"] == "failed"
    assert found["error"].startswith("Traceback (most recent call last):")
    assert found["error"].endswith("ValueError: a reason")


def test_passwords_are_blotted_out_of_a_traceback() -> None:
    settings = load_settings(mysql_stream_password=SecretStr("s3cret"), kafka_sasl_password="k3y")
    text = traceback_without_secrets(RuntimeError("login s3cret at k3y"), settings)
    assert text == "RuntimeError: login ********** at **********"
