"""What is missing is told, all at once, each with what mends it."""

import shutil
import socket
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from infra import debian, preflight
from infra.early_settings import CHECKOUT, EarlySettings, early_settings
from infra.ports import holder, is_free
from infra.preflight import GIB, Problem, port_problem, problems, require
from infra.servers.native_libraries import missing_libraries
from tests.unit.infra.marked_processes import LISTEN, marked_process

pytestmark = pytest.mark.unit


def settings(home: Path, **changes: object) -> EarlySettings:
    values = {"home": home, "ports": (), "embedded_kafka": True, "embedded_mysql": True}
    return EarlySettings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
    return number


def test_a_port_of_a_stranger_is_named_with_its_holder(tmp_path: Path, port: int) -> None:
    with marked_process("kafka", tmp_path / "other", LISTEN, port) as stranger:
        assert not is_free(port)
        assert holder(port) == stranger.pid
        (problem,) = port_problem(port, tmp_path)
    assert f"Port {port} is taken by process {stranger.pid}" in str(problem)
    assert "CLICKLEDGER_PORT_BASE" in str(problem)


def test_our_own_server_is_no_problem(tmp_path: Path, port: int) -> None:
    with marked_process("kafka", tmp_path, LISTEN, port):
        assert list(port_problem(port, tmp_path)) == []


def test_a_free_port_is_no_problem(tmp_path: Path, port: int) -> None:
    assert is_free(port)
    assert holder(port) is None
    assert list(port_problem(port, tmp_path)) == []


def test_a_library_that_is_not_there() -> None:
    needed = {"libc.so.6": "libc6", "libnosuchthing.so.7": "libnosuch7"}
    assert missing_libraries(needed) == {"libnosuchthing.so.7": "libnosuch7"}


def test_everything_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "find_java", lambda: None)
    monkeypatch.setattr(preflight, "missing_libraries", lambda _: {"libx.so.1": "libx1"})
    monkeypatch.setattr(debian, "can_install", lambda: False)
    with pytest.raises(ConfigurationError) as refused:
        require(settings(tmp_path), ports=False)
    told = str(refused.value).splitlines()[1:]
    assert told == [
        "  - Java 17 or newer was not found. sudo apt-get install openjdk-17-jre-headless",
        "  - MariaDB needs libx.so.1. sudo apt-get install libx1",
    ]


def test_what_only_tests_need_is_no_reason_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "soffice" else real(name))
    monkeypatch.setattr(preflight, "READERS", {("soffice",): ("libreoffice-calc-nogui",)})
    monkeypatch.setattr(debian, "can_install", lambda: False)
    require(settings(tmp_path), ports=False)
    assert not capsys.readouterr().out
    require(settings(tmp_path), ports=False, readers=True)
    assert capsys.readouterr().out == (
        "  warning: Without soffice, tests of how reports look there are skipped."
        " sudo apt-get install libreoffice-calc-nogui\n"
    )


def test_an_own_database_needs_no_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "missing_libraries", lambda _: {"libx.so.1": "libx1"})
    assert problems(settings(tmp_path, embedded_mysql=False), ports=False) == []


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=GIB // 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    told = [str(problem) for problem in problems(settings(tmp_path / "new"), ports=False)]
    assert f"Only 0.5 GiB of disk are free at {tmp_path / 'new'}" in told[-1]


def test_a_home_that_is_installed_needs_room_to_run_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jars").mkdir()
    usage = shutil.disk_usage(tmp_path)
    for free, told in (
        (GIB // 2, []),
        (GIB // 2 - 1, [f"Only 0.5 GiB of disk are free at {tmp_path}"]),
    ):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        found = problems(settings(tmp_path), ports=False)
        assert [problem.text for problem in found] == told


def test_little_memory_is_a_warning_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "_available_memory", lambda: GIB)
    require(settings(tmp_path), ports=False)
    assert "warning: Only 1.0 GiB of memory" in capsys.readouterr().out


def test_root_on_debian_gets_it_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    java: list[Path | None] = [None]

    def install(packages: tuple[str, ...]) -> bool:
        asked.append(packages)
        java[0] = Path("/usr/lib/jvm/new")
        return True

    monkeypatch.setattr(preflight, "find_java", lambda: java[0])
    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "update_lists", lambda: True)
    monkeypatch.setattr(debian, "install", install)
    require(settings(tmp_path), ports=False)
    assert asked == [preflight.JAVA_PACKAGES]


def test_advice_beats_the_package(tmp_path: Path) -> None:
    assert str(Problem("It is gone", "Put it back", ("gone1",))) == "It is gone. Put it back"


class TestEarlySettings:
    @pytest.fixture(autouse=True)
    def _clean(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            "HOME",
            "PORT_BASE",
            "MYSQL_HOST",
            "MYSQL_PORT",
            "KAFKA_BOOTSTRAP_SERVERS",
            "AIRFLOW",
        ):
            monkeypatch.delenv(f"CLICKLEDGER_{name}", raising=False)

    def test_defaults(self) -> None:
        assert early_settings() == settings(CHECKOUT / ".local", ports=(19090, 19091, 19092, 19093))

    def test_the_home_has_a_file_and_the_environment_wins(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "settings.env").write_text(
            "# mine\nCLICKLEDGER_PORT_BASE=20000\nCLICKLEDGER_MYSQL_HOST='db'\n"
        )
        monkeypatch.setenv("CLICKLEDGER_HOME", str(tmp_path))
        assert early_settings() == settings(
            tmp_path, ports=(20000, 20001, 20003), embedded_mysql=False
        )
        monkeypatch.setenv("CLICKLEDGER_PORT_BASE", "21000")
        assert early_settings().ports == (21000, 21001, 21003)
        monkeypatch.setenv("CLICKLEDGER_KAFKA_BOOTSTRAP_SERVERS", "k:9092")
        assert early_settings().ports == (21003,)
        monkeypatch.setenv("CLICKLEDGER_AIRFLOW", "off")
        assert early_settings().ports == ()

    def test_a_port_that_is_no_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLICKLEDGER_PORT_BASE", "many")
        with pytest.raises(ConfigurationError, match="CLICKLEDGER_PORT_BASE is not a number"):
            early_settings()
