"""What every kafka-python client of this program shares: address, login, TLS, and clear errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import errors as refusals
from kafka.errors import KafkaError, MessageSizeTooLargeError, OffsetOutOfRangeError

from clickledger.errors import (
    ClickledgerError,
    ConfigurationError,
    KafkaDataLostError,
    KafkaUnreachableError,
)
from clickledger.settings import Settings

# Rights, the login, a request or a value in it: no restart mends them. All else, UnknownError (-1)
# not least, may be gone the next time.
REFUSED = (
    refusals.AuthorizationError,
    refusals.SaslAuthenticationFailedError,
    refusals.UnsupportedSaslMechanismError,
    refusals.IllegalSaslStateError,
    refusals.SecurityDisabledError,
    refusals.InvalidRequestError,
    refusals.InvalidTopicError,
    refusals.InvalidConfigurationError,
    refusals.InvalidPartitionsError,
    refusals.InvalidRequiredAcksError,
    refusals.InvalidTimestampError,
    refusals.PolicyViolationError,
    refusals.RecordListTooLargeError,
    refusals.UnsupportedCompressionTypeError,
    refusals.UnsupportedForMessageFormatError,
    refusals.UnsupportedVersionError,
    refusals.KafkaConfigurationError,
)

# kafka-python would wait up to 30 s between two tries: after ten seconds without a broker, what was
# asked came 11.6 s after it was back (measured). A driver ends when nothing comes for 10 s.
RECONNECT_WITHIN_MS = 1_000


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for ``KafkaAdminClient``, ``KafkaConsumer`` and ``KafkaProducer``.

    It holds the SASL password in plain text: pass it on, never print it.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
        "reconnect_backoff_max_ms": RECONNECT_WITHIN_MS,
    }
    if settings.kafka_security_protocol.startswith("SASL_"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    if settings.kafka_ssl_cafile:
        options["ssl_cafile"] = str(settings.kafka_ssl_cafile)
    return options


@contextmanager
def clear_errors(settings: Settings) -> Iterator[None]:
    """Turn what kafka-python raises inside into errors that say what to do.

    Raises:
        KafkaUnreachableError: no broker answered in time, or it cannot answer just now.
        KafkaDataLostError: an offset that was asked for is not in the log.
        ConfigurationError: a broker answered and refused: login, right, or a value of a request.
    """
    try:
        yield
    except (KafkaError, OSError) as error:
        raise explained(settings, error) from None


def explained(settings: Settings, error: Exception) -> ClickledgerError:
    """The error to raise instead. Only the name is told: kafka-python's own text of a refusal
    repeats the whole request, a login included."""
    where, name = settings.bootstrap_servers, type(error).__name__
    if isinstance(error, OffsetOutOfRangeError):
        return KafkaDataLostError(
            f"Kafka at {where} no longer holds offsets that were asked for.",
            next_step="docs/runbooks/kafka-data-lost.md",
        )
    if isinstance(error, MessageSizeTooLargeError):
        return ConfigurationError(
            f"A value is larger than the broker at {where} takes ({name}).",
            next_step="leave it out, or raise message.max.bytes of the broker",
        )
    if isinstance(error, REFUSED):
        return ConfigurationError(
            f"Kafka at {where} refused ({name}).",
            next_step="check the login and its rights on the topic (`clickledger env`)",
        )
    return KafkaUnreachableError(
        f"Kafka at {where} does not answer ({name}).",
        next_step="check that the broker runs (`make status`) and the address is right",
    )
