"""What containers run, outside a container: the real supervisord, the real configuration."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr

from clickledger.errors import ConfigurationError
from clickledger.settings import CHECKOUT, Settings, load_settings
from infra.container import stream
from infra.container.airflow import DATABASE_PASSWORD, ContainerAirflow
from infra.container.commands import adopt_jars
from infra.container.env import main as write_env
from infra.container.secrets import administrator, required
from infra.home import Home
from infra.secrets_file import AIRFLOW_SECRETS
from infra.supervision import CONFIGURATION
from lifecycle.supervisor import SupervisorUnreachableError, supervisor_of
from tests.awaiting import await_that

pytestmark = pytest.mark.unit


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def stream_container(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Its command, with a database that does not answer: the launchers wait for it."""
    environment = {
        **os.environ,
        "CLICKLEDGER_HOME": str(settings.home),
        "CLICKLEDGER_SUPERVISOR_URL": settings.supervisor_url,
        "CLICKLEDGER_SUPERVISOR_PASSWORD": settings.supervisor_password.get_secret_value(),
        "CLICKLEDGER_MYSQL_HOST": "127.0.0.1",
        "CLICKLEDGER_MYSQL_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "infra.container", "stream"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def test_the_stream_container_is_a_supervisor_of_two_slots(tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path / "home",
        supervisor_url=f"http://127.0.0.1:{free_port()}",
        supervisor_password=SecretStr("toy password"),
    )

    def answer() -> str:
        try:
            return stream.ask(settings)
        except SupervisorUnreachableError:
            return ""

    with stream_container(settings) as running:
        said = await_that(answer, "the supervisor answers", timeout_s=60)
        assert said == "stream-a: RUNNING, stream-b: RUNNING"
        guess = settings.model_copy(update={"supervisor_password": SecretStr("a guess")})
        with pytest.raises(SupervisorUnreachableError):
            stream.ask(guess)
        pid = supervisor_of(settings).state("stream-a").pid
        assert b"toy password" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        running.terminate()  # as `docker compose stop` does
        assert running.wait(timeout=60) == 0  # a loaded machine takes its time; a hang takes 70 s
        assert running.stdout is not None
        assert "stopped: stream-a" in running.stdout.read()


def test_without_a_password_there_is_no_supervisor(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, supervisor_url="http://stream:9001")
    with pytest.raises(ConfigurationError, match="CLICKLEDGER_SUPERVISOR_PASSWORD"):
        stream.become_supervisor(settings)
    assert not list(tmp_path.iterdir())


def test_both_supervisors_know_the_same_slots() -> None:
    """One text says how a driver is stopped and when it is started again."""
    for file in (CONFIGURATION, stream.CONFIGURATION):
        parser = RawConfigParser()
        parser.read(file)
        included = [file.parent / name for name in parser.get("include", "files").split()]
        assert (CONFIGURATION.parent / "supervisord_stream.conf").resolve() in {
            path.resolve() for path in included
        }
        assert not [name for name in parser.sections() if name.startswith("program:stream")]
    changed = RawConfigParser()
    changed.read(stream.CONFIGURATION.with_name("supervisord_slots.conf"))
    options = {option for name in changed.sections() for option in changed.options(name)}
    assert {option for option in options if not option.startswith("stdout_")} == {"autostart"}


def test_airflow_is_found_by_its_own_programs_and_by_a_browser(tmp_path: Path) -> None:
    secrets = dict.fromkeys(AIRFLOW_SECRETS.values(), "x" * 64) | {DATABASE_PASSWORD: "p@ss/word"}
    airflow = ContainerAirflow(
        load_settings(home=tmp_path),
        Home(tmp_path),
        secrets,
        folder=tmp_path,
        published_port="29093",
    )
    parser = RawConfigParser()
    parser.read_file(StringIO(airflow.configuration()))
    assert parser.get("core", "execution_api_server_url") == "http://airflow-api:8080/execution/"
    assert parser.get("api", "base_url") == "http://127.0.0.1:29093"
    assert parser.get("api", "port") == "8080"
    assert parser.get("database", "sql_alchemy_conn") == (
        "postgresql+psycopg2://airflow:p%%40ss%%2Fword@postgres:5432/airflow"
    )
    assert len(b64decode(parser.get("core", "fernet_key"), altchars=b"-_")) == 32


def test_a_missing_secret_is_named_and_none_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No value for B, C") as raised:
        required({"A": "secret", "B": ""}, ["A", "B", "C"])
    assert "secret" not in str(raised.value)
    with pytest.raises(ConfigurationError, match="CLICKLEDGER_MYSQL_ROOT_PASSWORD"):
        administrator(load_settings(home=tmp_path), {}).__enter__()


def test_an_env_that_is_there_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    assert write_env(target) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_text()
    assert write_env(target) == 2
    assert target.read_text() == before


def test_jars_of_the_image_come_to_the_volume_once(tmp_path: Path) -> None:
    image, folder = tmp_path / "image", tmp_path / "home" / "jars"
    (image / "spark").mkdir(parents=True)
    (image / "spark" / "a.jar").write_text("a")
    adopt_jars(image, folder)
    (folder / "spark" / "a.jar").write_text("changed")  # JarFolder refuses it, and says so
    (image / "spark" / "b.jar").write_text("b")
    adopt_jars(image, folder)
    found = {path.name: path.read_text() for path in (folder / "spark").iterdir()}
    assert found == {"a.jar": "changed", "b.jar": "b"}
