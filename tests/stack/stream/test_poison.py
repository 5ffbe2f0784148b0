"""Records that fail every driver are named, and the stream halts; nothing of them is written."""

from __future__ import annotations

import time

import pytest
from confluent_kafka import Producer

from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected, fetch_one
from clickledger.settings import Role
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment
from tests.stack.stream.truth import read_books
from tests.stack.topic_settings import set_topic

pytestmark = pytest.mark.stack
LARGEST = 2**63 - 1
MINUTE_MS = 1_767_225_600_000
FULL = b"full|mobile|%d|1" % MINUTE_MS


def take_the_clients_time(deployment: Deployment) -> None:
    """As a topic of somebody else's may do: and however far from now that is."""
    configs = {
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": str(LARGEST),
    }
    set_topic(deployment.settings, configs)


def send_stamped(deployment: Deployment, value: bytes, timestamp_ms: int) -> int:
    """To partition 0; its offset."""
    offsets: list[int | None] = []
    producer = Producer({"bootstrap.servers": deployment.settings.bootstrap_servers})
    producer.produce(
        deployment.settings.topic,
        value,
        partition=0,
        timestamp=timestamp_ms,
        on_delivery=lambda _, message: offsets.append(message.offset()),
    )
    assert producer.flush(30) == 0
    (offset,) = offsets
    assert offset is not None
    return offset


def test_poisonous_records_are_named_and_not_written(deployment: Deployment, seed: int) -> None:
    """One that Spark cannot read, one that Python cannot, one that MySQL cannot add up."""
    take_the_clients_time(deployment)
    deployment.send([FULL])
    deployment.send(clicks(60, seed=seed))
    deployment.driver().await_running()
    deployment.await_applied()
    deployment.drivers[0].drain()
    deployment.assert_exact()

    fill = "UPDATE clicks_by_minute SET clicks = %s WHERE device_id = 'full'"
    with connected(deployment.settings, Role.OWNER) as connection, connection.cursor() as cursor:
        assert cursor.execute(fill, (LARGEST,)) == 1
    deployment.send(clicks(20, seed=seed + 1))
    now_ms = int(time.time() * 1000)
    nanoseconds = send_stamped(deployment, b"d|mobile|%d|1" % now_ms, now_ms * 1_000_000)
    deployment.send(clicks(20, seed=seed + 2))
    microseconds = send_stamped(deployment, b"garbage", now_ms * 1_000)
    deployment.send(clicks(20, seed=seed + 3), partition=0)
    before = read_books(deployment.settings), deployment.applied()
    full = deployment.ends()[1]
    deployment.send([FULL], partition=1)
    deployment.send(clicks(20, seed=seed + 4))

    codes = [deployment.driver().await_end(300) for _ in range(3)]
    assert codes == [ExitCode.INTERNAL, ExitCode.INTERNAL, ExitCode.POISONOUS_RANGE]
    assert (read_books(deployment.settings), deployment.applied()) == before
    with connected(deployment.settings, Role.READER) as connection:
        found = fetch_one(connection, "SELECT state, halt_reason FROM stream_state")
    assert found is not None
    assert found["state"] == "halted"
    told = found["halt_reason"].removeprefix("These records cannot be counted, 3 drivers failed")
    named = [(0, nanoseconds), (0, microseconds), (1, full)]
    for part, (partition, offset) in zip(told.split("; "), named, strict=True):
        assert f"partition {partition} [{offset:,}, {offset + 1:,}): " in part
    assert "Next: docs/runbooks/poisonous-range.md" in told
