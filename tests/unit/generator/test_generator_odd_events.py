"""Spoilt events: each kind is rejected, each unusual one is not, and they reach every reason."""

import pytest

from clickledger.contract.oracle import Event, judge
from clickledger.contract.rules import Reason, Rules
from clickledger.generator.odd_events import MALFORMED, UNUSUAL, Fields

pytestmark = pytest.mark.unit
ARRIVAL_MS = 1_735_700_000_000
RULES = Rules(max_future_ms=3_600_000, max_age_ms=86_400_000)
GOOD = Fields("435b3e28", "mobile", ARRIVAL_MS - 500, 2)


@pytest.mark.parametrize("kind", MALFORMED)
def test_every_malformed_kind_is_rejected(kind: str) -> None:
    assert isinstance(judge(MALFORMED[kind](GOOD), ARRIVAL_MS, RULES), Reason)


@pytest.mark.parametrize("kind", UNUSUAL)
def test_every_unusual_kind_is_accepted(kind: str) -> None:
    verdict = judge(UNUSUAL[kind](GOOD), ARRIVAL_MS, RULES)
    assert isinstance(verdict, Event)
    assert verdict.time_ms == GOOD.time_ms


def test_malformed_kinds_reach_every_reason_that_a_line_can() -> None:
    reached = {judge(spoil(GOOD), ARRIVAL_MS, RULES) for spoil in MALFORMED.values()}
    # A line is never null; how old an event is depends on its lateness, not on a kind.
    assert reached == set(Reason) - {Reason.NULL_VALUE, Reason.TIME_TOO_OLD}
