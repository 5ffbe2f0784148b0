"""What every Kafka client is given."""

import traceback
from pathlib import Path

import pytest
from kafka.errors import (
    BrokerNotAvailableError,
    KafkaConnectionError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnsupportedVersionError,
)
from pydantic import SecretStr

from clickledger.errors import (
    ClickledgerError,
    ConfigurationError,
    KafkaDataLostError,
    KafkaUnreachableError,
)
from clickledger.kafka.clients import clear_errors, client_options
from clickledger.settings import load_settings

pytestmark = pytest.mark.unit


def test_the_embedded_broker_needs_no_login() -> None:
    assert client_options(load_settings(port_base=20000)) == {
        "bootstrap_servers": ["127.0.0.1:20000"],
        "security_protocol": "PLAINTEXT",
        "reconnect_backoff_max_ms": 1_000,
    }


def test_login_and_certificate_are_passed_on() -> None:
    settings = load_settings(
        kafka_bootstrap_servers="a:1,b:2",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_sasl_username="clicks",
        kafka_sasl_password=SecretStr("secret"),
        kafka_ssl_cafile=Path("/etc/ca.pem"),
    )
    assert client_options(settings) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "reconnect_backoff_max_ms": 1_000,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "clicks",
        "sasl_plain_password": "secret",
        "ssl_cafile": "/etc/ca.pem",
    }


def test_a_password_without_sasl_is_not_sent() -> None:
    settings = load_settings(kafka_sasl_username="clicks", kafka_sasl_password=SecretStr("secret"))
    assert "sasl_plain_password" not in client_options(settings)


@pytest.mark.parametrize(
    ("raised", "clear"),
    [
        (KafkaConnectionError, KafkaUnreachableError),
        (ConnectionResetError, KafkaUnreachableError),
        (NotLeaderForPartitionError, KafkaUnreachableError),
        (UnknownError, KafkaUnreachableError),
        (BrokerNotAvailableError, KafkaUnreachableError),
        (SaslAuthenticationFailedError, ConfigurationError),
        (TopicAuthorizationFailedError, ConfigurationError),
        (UnsupportedVersionError, ConfigurationError),
        (MessageSizeTooLargeError, ConfigurationError),
        (OffsetOutOfRangeError, KafkaDataLostError),
    ],
)
def test_errors_say_what_to_do_and_never_the_request(
    raised: type[Exception], clear: type[ClickledgerError]
) -> None:
    settings = load_settings(port_base=20000)
    with pytest.raises(clear, match="Next: ") as found, clear_errors(settings):
        raise raised("Request(auth_bytes=secret)")
    assert type(found.value) is clear
    assert "127.0.0.1:20000" in str(found.value)
    assert "secret" not in "".join(traceback.format_exception(found.value))
