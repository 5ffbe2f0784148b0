"""`make up` on a Kafka and a MySQL that are not its own, as docs/own-servers.md says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.main import run
from clickledger.errors import ConfigurationError, ExitCode
from clickledger.settings import SETTINGS_FILE, Role, Settings, load_settings
from infra.report import report
from infra.stack import Stack
from tests.stack.mysql.servers import Server, drop
from tests.stack.own_home import home_with_packages, own_ports
from tests.stack.running_stack import RunningStack
from tests.stack.stream.clicks import clicks
from tests.stack.stream.deployment import Deployment, environment_of

pytestmark = [pytest.mark.stack, pytest.mark.real_mysql]


@pytest.fixture
def named(mysql_server: Server) -> Iterator[Settings]:
    """Names of a database and users that are not there yet."""
    settings = mysql_server.settings()
    yield settings
    with closing(mysql_server.admin()) as admin:
        drop(admin, settings)


@pytest.fixture
def home(stack: RunningStack, named: Settings, tmp_path: Path) -> Path:
    """Where the operator has written which servers there are."""
    stack.await_class_archive()
    made = home_with_packages(tmp_path / "home", stack)
    values = {
        "port_base": own_ports(),
        "airflow": "off",
        "spark_driver_memory": "700m",
        "kafka_bootstrap_servers": stack.settings.bootstrap_servers,
        "topic": named.mysql_database,
        "mysql_host": named.mysql_host,
        "mysql_port": named.mysql_port,
        "mysql_database": named.mysql_database,
    } | {f"mysql_{role}_user": named.mysql_login(role)[0] for role in Role}
    lines = [f"CLICKLEDGER_{name.upper()}={value}\n" for name, value in values.items()]
    (made / SETTINGS_FILE).write_text("".join(lines), encoding="utf-8")
    return made


def test_up_beside_an_administrator(
    home: Path,
    mysql_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    with pytest.raises(ConfigurationError, match="at first, its administrator runs what"):
        Stack(load_settings(home=home)).up()

    monkeypatch.setenv("CLICKLEDGER_HOME", str(home))
    capsys.readouterr()
    assert run(["grants", "--show-secrets"]) == ExitCode.OK
    with closing(mysql_server.admin()) as admin, admin.cursor() as cursor:
        for text in filter(str.strip, capsys.readouterr().out.split(";\n")):
            cursor.execute(text)

    stack = Stack(load_settings(home=home))
    try:
        stack.up()
        deployment = Deployment(stack.settings, environment_of(stack.settings))
        deployment.send(clicks(2_000, seed=seed))
        deployment.await_applied()
        deployment.assert_exact()
        found = {program.program: program for program in report(stack)}
        assert all(program.right for program in found.values())
        assert [name for name in found if found[name].pid] == ["stream"]
    finally:
        stack.down()
