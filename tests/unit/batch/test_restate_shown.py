"""What is applied is what a person was shown."""

from __future__ import annotations

import pytest

from batch.restate.runs import Shown
from clickledger.errors import OperationRefusedError

pytestmark = pytest.mark.unit

SHOWN = Shown(3, "a" * 64)


@pytest.mark.parametrize("now", [Shown(4, "a" * 64), Shown(3, "b" * 64)])
def test_other_rules_or_code_are_refused(now: Shown) -> None:
    with pytest.raises(OperationRefusedError, match=f"rules version {now.rules_version} and code"):
        SHOWN.require_same(now)


def test_the_same_are_applied() -> None:
    SHOWN.require_same(Shown(3, "a" * 64))
