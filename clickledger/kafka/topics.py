"""The broker as a whole: does it answer, and does it have our topic?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from clickledger.kafka.clients import clear_errors, client_options
from clickledger.settings import Settings

# The broker stamps the time: "too old" and "in the future" must not be the client's word (P3).
TOPIC_CONFIGS = {
    "message.timestamp.type": "LogAppendTime",
    "cleanup.policy": "delete",
    "retention.ms": str(7 * 24 * 3600 * 1000),
}


@contextmanager
def admin_client(settings: Settings, *, timeout_s: float = 10) -> Iterator[Any]:
    """A ``KafkaAdminClient`` that is connected, and closed afterwards.

    Raises:
        KafkaUnreachableError: no broker answered a metadata request in time.
        ConfigurationError: a broker answered and refused: login, right, or a value of a request.
    """
    milliseconds = int(timeout_s * 1000)
    with clear_errors(settings):
        client = KafkaAdminClient(
            **client_options(settings),
            bootstrap_timeout_ms=milliseconds,
            request_timeout_ms=milliseconds,
        )
        try:
            yield client
        finally:
            client.close()


def broker_count(settings: Settings, *, timeout_s: float = 2) -> int:
    """How many brokers the cluster says it has: a real metadata request."""
    with admin_client(settings, timeout_s=timeout_s) as admin:
        return len(admin.describe_cluster()["brokers"])


def ensure_topic(settings: Settings) -> bool:
    """Create the topic of the settings where it is missing; whether this call created it.

    An existing topic is left as it is: what it must be like is checked when the stream starts.
    """
    wanted = {
        settings.topic: {
            "num_partitions": settings.topic_partitions,
            "replication_factor": -1,  # the broker's default
            "configs": TOPIC_CONFIGS,
        }
    }
    with admin_client(settings) as admin:
        if settings.topic in admin.list_topics():
            return False
        try:
            admin.create_topics(wanted, wait_for_metadata=True)
        except TopicAlreadyExistsError:  # another caller was quicker
            return False
    return True
