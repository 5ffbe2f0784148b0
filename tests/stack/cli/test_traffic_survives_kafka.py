"""The stack's own traffic lives through a kill and restart of the broker."""

import secrets
import signal

import pytest

from clickledger.kafka.topic_log import TopicLog
from clickledger.kafka.topics import ensure_topic
from clickledger.settings import Settings
from tests.awaiting import await_that
from tests.stack.running_stack import RunningStack
from tests.unit.cli.invoking import start

pytestmark = pytest.mark.stack


def events_in(settings: Settings) -> int:
    with TopicLog(settings) as log:
        return sum(log.stable_ends(log.describe().partitions).values())


def test_traffic_goes_on_after_kafka_was_killed(stack: RunningStack) -> None:
    settings = stack.settings.model_copy(update={"topic": f"traffic-{secrets.token_hex(4)}"})
    ensure_topic(settings)
    env = {
        "CLICKLEDGER_HOME": str(settings.home),
        "CLICKLEDGER_PORT_BASE": str(settings.port_base),
        "CLICKLEDGER_TOPIC": settings.topic,
    }
    traffic = start("generate", "--follow", "--to-kafka", "--rate", "200", env=env)
    await_that(lambda: events_in(settings) > 0, "events before the kill")
    stack.stack.kill("kafka")
    stack.stack.start("kafka")
    before = events_in(settings)
    await_that(lambda: events_in(settings) > before + 200, "events after the restart")
    traffic.send_signal(signal.SIGTERM)
    _, err = traffic.communicate(timeout=30)
    assert traffic.returncode == 0, err
    # Each acknowledged event is there once: what was under way at the kill was not written twice.
    assert err.decode() == (
        f"{events_in(settings):,} events sent to {settings.topic} and acknowledged.\n"
    )
