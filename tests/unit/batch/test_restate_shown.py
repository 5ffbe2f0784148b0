"""What is applied is what a person was shown."""

from __future__ import annotations

import pytest

from batch.restate.runs import Shown
from clickledger.errors import OperationRefusedError

pytestmark = pytest.mark.unit

SHOWN = Shown(3, "a" * 64, "count")


@pytest.mark.parametrize(
    "now", [Shown(4, "a" * 64, "count"), Shown(3, "b" * 64, "count"), Shown(3, "a" * 64, "correct")]
)
def test_other_rules_code_or_policy_are_refused(now: Shown) -> None:
    with pytest.raises(OperationRefusedError, match=f"now it would be by {now}") as raised:
        SHOWN.require_same(now)
    assert str(SHOWN) in str(raised.value)


def test_the_same_are_applied() -> None:
    SHOWN.require_same(Shown(3, "a" * 64, "count"))
