"""The few settings that are needed before the environment exists. Standard library only.

Same sources and order as ``clickledger.settings``, which is what counts once it can be imported.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clickledger.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class EarlySettings:
    """Where things are, and which servers are our own to start."""

    home: Path
    ports: tuple[int, ...]
    embedded_kafka: bool
    embedded_mysql: bool


def early_settings() -> EarlySettings:
    """Read the environment and ``settings.env`` of the home folder."""
    home = Path(os.environ.get("CLICKLEDGER_HOME") or CHECKOUT / ".local").absolute()
    values = {**_settings_file(home / "settings.env"), **os.environ}
    kafka = not values.get("CLICKLEDGER_KAFKA_BOOTSTRAP_SERVERS")
    mysql = not values.get("CLICKLEDGER_MYSQL_HOST")
    base = _number(values, "CLICKLEDGER_PORT_BASE") or 19090
    mysql_port = _number(values, "CLICKLEDGER_MYSQL_PORT") or base + 2
    airflow = values.get("CLICKLEDGER_AIRFLOW", "on") == "on"
    ports = ((base, base + 1) if kafka else ()) + ((mysql_port,) if mysql else ())
    ports += (base + 3,) if airflow else ()
    return EarlySettings(home, ports, kafka, mysql)


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name) or "0"
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is not a number.", next_step="mend it and try again")
    return int(text)


def _settings_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip().upper(): value.strip().strip("'\"") for name, _, value in pairs}
