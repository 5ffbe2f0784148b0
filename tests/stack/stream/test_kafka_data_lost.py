"""Kafka is not the log that the ledger remembers: refuse with numbers, write nothing."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ExitCode
from clickledger.kafka.topics import admin_client, ensure_topic
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from lifecycle.releases import create_release
from lifecycle.slots import read_slots
from lifecycle.verbs import Ask, verbs_of
from tests.awaiting import await_that
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment
from tests.stack.stream.truth import read_books

pytestmark = pytest.mark.stack


def run_once(deployment: Deployment) -> None:
    """Apply what is there and drain; the figures are exact while Kafka still has all of it."""
    driver = deployment.driver()
    deployment.await_applied()
    driver.drain()
    deployment.assert_exact()


def recreate_topic(deployment: Deployment) -> None:
    """Delete and create again: same name, other id."""
    topic = deployment.settings.topic
    with admin_client(deployment.settings) as admin:
        admin.delete_topics([topic])
        await_that(lambda: topic not in admin.list_topics(), "the topic is deleted")
    ensure_topic(deployment.settings)


def assert_refused(deployment: Deployment, *words: str) -> None:
    """The next start ends with 13, says these words, and leaves figures and books alone."""
    before = (read_books(deployment.settings), deployment.applied())
    driver = deployment.driver()
    assert driver.await_end() == ExitCode.KAFKA_DATA_LOST
    text = driver.text()
    assert [word for word in words if word not in text] == []
    assert (read_books(deployment.settings), deployment.applied()) == before
    deployment.assert_books_balance()


def assert_verbs_refuse(deployment: Deployment, *words: str) -> None:
    """The plan says the same, and a deployment stops and starts nothing."""
    with connected(deployment.settings, Role.OPERATOR) as connection:
        release = create_release(connection, deployment.settings, "tests").release_name
        before = [read_slots(connection), generations(connection)]
        verbs = verbs_of(deployment.settings)
        plan = verbs.plan("deploy", release)
        outcome, _ = verbs.deploy(Ask("too-late", reason="a test", by="tests"), release)
        assert [read_slots(connection), generations(connection)] == before
    assert plan.decision == "refuse"
    assert [word for word in words if word not in " ".join(plan.refusals)] == []
    assert (outcome.state, outcome.exit_code) == ("refused", ExitCode.OPERATION_REFUSED)
    assert outcome.lines == plan.refusals


def generations(connection: Connection[Cursor]) -> list[dict[str, Any]]:
    return fetch_all(connection, "SELECT * FROM stream_generations ORDER BY generation")


def test_a_recreated_topic(deployment: Deployment, seed: int) -> None:
    deployment.send(clicks(1_000, seed=seed), partition=0)
    run_once(deployment)
    recreate_topic(deployment)
    deployment.send(clicks(2_000, seed=seed + 1), partition=0)
    said = "deleted and created again", "offset 1,000"
    assert_refused(deployment, *said)
    assert_verbs_refuse(deployment, *said)


def test_a_topic_recreated_under_a_running_driver(deployment: Deployment, seed: int) -> None:
    deployment.send(clicks(1_000, seed=seed), partition=0)
    driver = deployment.driver()
    deployment.await_applied()
    driver.expect_end()
    before = deployment.assert_exact()
    recreate_topic(deployment)
    deployment.send(clicks(500, seed=seed + 1), partition=0)
    assert driver.await_end() == ExitCode.KAFKA_DATA_LOST
    assert read_books(deployment.settings) == before
    deployment.assert_books_balance()


def test_retention_has_passed_the_ledger(deployment: Deployment, seed: int) -> None:
    from kafka import TopicPartition

    deployment.send(clicks(1_000, seed=seed), partition=0)
    run_once(deployment)
    deployment.send(clicks(1_000, seed=seed + 1), partition=0)
    with admin_client(deployment.settings) as admin:
        admin.delete_records({TopicPartition(deployment.settings.topic, 0): 1_250})
    said = "partition 0 [1,000, 1,250)", "250 offsets", "retention"
    assert_refused(deployment, *said)
    assert_verbs_refuse(deployment, *said)


def test_a_tail_that_kafka_lost_and_one_that_was_refilled(
    deployment: Deployment, stack: RunningStack, seed: int
) -> None:
    """A power loss: the broker comes back with an older log of the partition."""
    deployment.send(clicks(1_000, seed=seed), partition=0)
    log_folder = stack.partition_folder(deployment.settings.topic, 0)
    kept = deployment.settings.home / "kept-log"
    stack.stack.stop("kafka")
    shutil.copytree(log_folder, kept)
    stack.stack.start("kafka")
    deployment.send(clicks(500, seed=seed + 1), partition=0)
    run_once(deployment)
    stack.stack.kill("kafka")
    shutil.rmtree(log_folder)
    shutil.copytree(kept, log_folder)
    stack.stack.start("kafka")
    assert_refused(deployment, "partition 0 [1,000, 1,500)", "tail is lost", "500 offsets")
    deployment.send(clicks(700, seed=seed + 2), partition=0)
    assert_refused(deployment, "offset 1,499 was counted", "wrote other records")
