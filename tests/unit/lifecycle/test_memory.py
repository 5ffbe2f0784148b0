"""Two drivers at once only where there is memory for both."""

from types import SimpleNamespace
from typing import Any

import pytest

from clickledger.settings import load_settings
from lifecycle.memory import needed, starts_beside

pytestmark = pytest.mark.unit
MIB = 1 << 20


def test_what_a_driver_needs() -> None:
    assert needed("700m") == 1_212 * MIB
    assert needed("2g") == 2_560 * MIB


@pytest.mark.parametrize(
    ("settings", "available", "beside"),
    [
        ({}, 1_536 * MIB, True),
        ({}, 1_536 * MIB - 1, False),
        ({"takeover": "beside"}, 0, True),
        ({"takeover": "drain_first"}, 1 << 40, False),
        ({"supervisor_url": "http://stream:9001"}, 0, True),
        ({"supervisor_url": "http://127.0.0.1:9001"}, 0, False),
    ],
)
def test_beside(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], available: int, beside: bool
) -> None:
    memory = SimpleNamespace(available=available)
    monkeypatch.setattr("lifecycle.memory.psutil.virtual_memory", lambda: memory)
    assert starts_beside(load_settings(spark_driver_memory="1g", **settings)) is beside
