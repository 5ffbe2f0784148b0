"""Which programs the settings ask for, and what the commands say of a home where nothing runs."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError, UsageError
from clickledger.settings import CHECKOUT, Settings, load_settings
from clickledger.settings_environment import settings_environment
from infra.servers.postgres import PostgresServer
from infra.stack import AIRFLOW, START_ORDER, Stack

pytestmark = pytest.mark.unit

OWN_KAFKA = {"kafka_bootstrap_servers": "kafka:9092"}
OWN_MYSQL = {"mysql_host": "db"}
WITH_DATABASE = ("postgres", *AIRFLOW)


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CLICKLEDGER_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("changes", "programs"),
    [
        ({}, ("kafka", "mariadb", *WITH_DATABASE, "stream", "traffic")),
        ({"airflow": "off"}, ("kafka", "mariadb", "stream", "traffic")),
        ({"airflow": "off", "traffic": "off"}, ("kafka", "mariadb", "stream")),
        (OWN_KAFKA, ("mariadb", *WITH_DATABASE, "stream")),
        (OWN_MYSQL, ("kafka", *WITH_DATABASE, "stream")),
        ({**OWN_KAFKA, **OWN_MYSQL, "airflow": "off"}, ("stream",)),
        ({**OWN_KAFKA, "airflow": "off", "traffic": "off"}, ("mariadb", "stream")),
    ],
)
def test_own_servers_are_not_started_and_get_no_traffic(
    tmp_path: Path,
    changes: dict[str, object],
    programs: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PostgresServer, "why_not_here", lambda _: "")
    assert Stack(load_settings(home=tmp_path, **changes)).wanted() == programs


def test_where_postgresql_cannot_run_airflow_keeps_its_database_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresServer, "why_not_here", lambda _: "a reason")
    stack = Stack(load_settings(home=tmp_path))
    assert stack.wanted() == ("kafka", "mariadb", *AIRFLOW, "stream", "traffic")
    assert stack.airflow.database_url == f"sqlite:///{tmp_path}/airflow/airflow.db"


@pytest.mark.parametrize("own", [OWN_KAFKA, OWN_MYSQL])
def test_traffic_on_servers_that_are_not_ours_is_refused(
    tmp_path: Path, own: dict[str, object]
) -> None:
    with pytest.raises(ConfigurationError, match="embedded Kafka and MySQL only"):
        Stack(load_settings(home=tmp_path, traffic="on", **own)).up()


def test_a_program_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no program zookeeper"):
        Stack(load_settings(home=tmp_path)).up(("kafka", "zookeeper"))


def test_a_program_reads_the_same_settings_but_no_secret_from_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {
        "home": tmp_path,
        "port_base": 20000,
        "max_future": timedelta(minutes=90),
        "topic": "clicks-2",
        "traffic_rate": 0.5,
        "mysql_ssl_ca": Path("/etc/ca.pem"),
    }
    environment = settings_environment(load_settings(**plain, mysql_owner_password="secret"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == load_settings(**plain)
    assert "secret" not in "".join(environment.values())


def test_turning_traffic_off_is_no_reason_to_restart_the_stream(tmp_path: Path) -> None:
    fingerprints = {
        Stack(load_settings(home=tmp_path, **changes)).part("stream").program().fingerprint
        for changes in ({}, {"traffic": "off"}, {"traffic_rate": 5})
    }
    other = Stack(load_settings(home=tmp_path, trigger_interval_ms=300)).part("stream").program()
    assert len(fingerprints) == 1
    assert other.fingerprint not in fingerprints


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    assert settings_environment(load_settings(home=tmp_path)) == {"CLICKLEDGER_HOME": str(tmp_path)}


def infra(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "CLICKLEDGER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_status_of_a_home_where_nothing_runs(tmp_path: Path) -> None:
    done = infra(tmp_path, "status", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["home"] == str(tmp_path)
    assert {each["program"]: each["state"] for each in told["programs"]} == dict.fromkeys(
        START_ORDER, "down"
    )


def test_down_of_a_home_that_is_not_there(tmp_path: Path) -> None:
    assert infra(tmp_path / "none", "down").returncode == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("arguments", [("logs", "kafka"), ("fly",)])
def test_wrong_use_is_one_message_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = infra(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_no_secret_gets_into_the_specification_of_a_program(tmp_path: Path) -> None:
    """It would if its type were not ``SecretStr``."""
    named = [name for name in Settings.model_fields if "password" in name or "secret" in name]
    values = load_settings(home=tmp_path, **dict.fromkeys(named, "very private"))
    assert "very private" not in str(settings_environment(values))
