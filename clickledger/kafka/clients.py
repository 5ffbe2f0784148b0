"""Options that every kafka-python client of this program shares: address, login, TLS."""

from typing import Any

from clickledger.settings import Settings


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for ``KafkaAdminClient``, ``KafkaConsumer`` and ``KafkaProducer``.

    It holds the SASL password in plain text: pass it on, never print it.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
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
