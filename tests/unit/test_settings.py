"""Settings say why they are there, do not change, and refuse what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from clickledger.errors import ConfigurationError
from clickledger.settings import Settings, load_settings
from lifecycle.proof import IDLE_S

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert not description.endswith(".")


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        settings.topic = "other"


@pytest.mark.parametrize("name", ["max_future", "max_age", "keep_minutes", "keep_logs"])
def test_a_negative_time_is_refused(tmp_path: Path, name: str) -> None:
    load_settings(home=tmp_path, **{name: "PT0S"})
    with pytest.raises(ConfigurationError, match=f"{name} must not be negative"):
        load_settings(home=tmp_path, **{name: "-PT1S"})


@pytest.mark.parametrize("master", ["local", "local[1]", "local[16]", "local[*]"])
def test_spark_counts_in_the_driver(tmp_path: Path, master: str) -> None:
    assert load_settings(home=tmp_path, spark_master=master).spark_master == master


@pytest.mark.parametrize("master", ["yarn", "spark://host:7077", "local-cluster[2,1,1024]", ""])
def test_a_cluster_is_refused(tmp_path: Path, master: str) -> None:
    with pytest.raises(ConfigurationError, match="CLICKLEDGER_SPARK_MASTER"):
        load_settings(home=tmp_path, spark_master=master)


def test_a_heartbeat_is_never_too_old_for_the_proof(tmp_path: Path) -> None:
    """Between two of them there is the beat itself, which asks Kafka and MySQL."""
    load_settings(home=tmp_path, heartbeat_interval_s=IDLE_S - 1)
    with pytest.raises(ConfigurationError, match="CLICKLEDGER_HEARTBEAT_INTERVAL_S"):
        load_settings(home=tmp_path, heartbeat_interval_s=IDLE_S)
