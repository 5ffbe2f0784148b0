"""The command line on real servers: a database and a topic that nothing else has."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.main import run
from clickledger.kafka.topics import admin_client, ensure_topic
from clickledger.settings import Settings
from tests.stack.mysql.servers import Server, deployment, server_from_environment
from tests.stack.running_stack import RunningStack

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> tuple[Server, str]:
    """MariaDB and Kafka's address: as CLICKLEDGER_TEST_MARIADB and _KAFKA say, else the stack's."""
    server = server_from_environment("mariadb", "CLICKLEDGER_TEST_MARIADB")
    kafka = os.environ.get("CLICKLEDGER_TEST_KAFKA")
    if server and kafka:
        return server, kafka
    stack: RunningStack = request.getfixturevalue("stack")
    administrator = stack.administrator()
    return (
        Server("mariadb", *stack.settings.mysql_address, *administrator),
        stack.settings.bootstrap_servers,
    )


@pytest.fixture(scope="module")
def database(
    servers: tuple[Server, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A migrated database that the tests of one module share, and an empty home."""
    server, kafka = servers
    home = tmp_path_factory.mktemp("home")
    with deployment(server, home=home, kafka_bootstrap_servers=kafka) as settings:
        yield settings


@pytest.fixture
def deployed(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that the environment of this process names, with a topic name of their own."""
    settings = database.model_copy(update={"topic": f"cli-{secrets.token_hex(4)}"})
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def topic(deployed: Settings) -> Iterator[str]:
    """The topic itself, with two partitions."""
    assert ensure_topic(deployed)
    yield deployed.topic
    with admin_client(deployed) as admin:
        admin.delete_topics([deployed.topic])


@pytest.fixture
def invoke(deployed: Settings, capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Runs a command line in this process: (exit code, output, errors)."""

    def invoked(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return invoked


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make a process load these settings."""
    secret = {
        name: value.get_secret_value()
        for name, value in settings
        if hasattr(value, "get_secret_value")
    }
    plain = settings.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return {f"CLICKLEDGER_{name.upper()}": str(value) for name, value in (plain | secret).items()}
