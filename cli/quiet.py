"""Libraries that log to standard error on their own are silenced: errors are told once, by us."""

import logging
import os

from cli.ending import DEBUG


def quiet_kafka() -> None:
    """Let kafka-python's warnings (a broker that is away) be seen only when debugging."""
    if not os.environ.get(DEBUG):
        logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
