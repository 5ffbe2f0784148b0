"""Changes to the settings of a topic, as its owner would make them."""

from __future__ import annotations

from collections.abc import Mapping

from clickledger.kafka.topics import admin_client
from clickledger.settings import Settings


def set_topic(settings: Settings, configs: Mapping[str, str]) -> None:
    """Change these; the others stay."""
    from kafka.admin import ConfigResource, ConfigResourceType

    with admin_client(settings) as admin:
        topic = ConfigResource(ConfigResourceType.TOPIC, settings.topic, dict(configs))
        admin.alter_configs([topic])
