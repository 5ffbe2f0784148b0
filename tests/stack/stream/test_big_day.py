"""A whole day through the real stream: the tables are what the generator knows to be true."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from clickledger.clock import from_epoch_ms
from clickledger.generator.events import EventGenerator
from clickledger.generator.model import Span, TrafficModel
from clickledger.generator.truth import Truth
from clickledger.ledger.audit import run_audit
from clickledger.ledger.rules_versions import effective_rules
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment
from tests.stack.stream.deployment import Deployment
from tests.stack.stream.truth import Minute, read_books, types_of

pytestmark = [pytest.mark.stack, pytest.mark.long]
EVENTS = 5_000_000
MIDNIGHT_MS, DAY_MS = 1_735_689_600_000, 86_400_000  # 2025-01-01 UTC
MODEL = {"devices": 2_000, "late_share": 0.05, "duplicate_share": 0.02, "malformed_share": 0.02}


def send_the_day(deployment: Deployment, seed: int) -> Truth:
    """Late, duplicate, malformed and merely unusual ones among them."""
    generator = EventGenerator(TrafficModel(seed=seed, **MODEL))  # type: ignore[arg-type]
    rules = effective_rules(deployment.settings, log_append_time=True)
    truth = Truth(generator.population, rules)
    for chunk in generator.over(Span(MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS), EVENTS):
        deployment.send(chunk.values)
        truth.add(chunk)
    return truth


def rejected_by_reason(rejected: dict[tuple[datetime, str], int]) -> Counter[str]:
    """Without the hours of arrival, which are today's."""
    counts: Counter[str] = Counter()
    for (_, reason), count in rejected.items():
        counts[reason] += count
    return counts


def test_a_day_of_five_million_events(
    stack: RunningStack, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Counted while it arrives. No limit on the future: the day is long past for the broker."""
    record_property("events", EVENTS)
    deployment = make_deployment(stack, "big_day", max_future="off")
    try:
        driver = deployment.driver()
        truth = send_the_day(deployment, seed)
        deployment.await_applied(timeout_s=900)
        driver.drain()
        found = read_books(deployment.settings)
        with connected(deployment.settings, Role.READER) as connection:
            audit = run_audit(connection)
    finally:
        deployment.close()
    expected: dict[Minute, tuple[int, int]] = {
        (from_epoch_ms(minute), kind, device): figures
        for (minute, kind, device), figures in truth.minutes().items()
    }
    assert found.minutes == expected
    assert found.types == types_of(expected)
    assert rejected_by_reason(found.rejected) == truth.rejected
    assert sum(truth.rejected.values()) > 0
    assert sum(count for _, count in expected.values()) + sum(truth.rejected.values()) == EVENTS
    assert audit.ok, audit.as_dict()
