"""The embedded PostgreSQL on its own, as whoever runs the tests: root too."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from clickledger.settings import load_settings
from infra.ownership import is_running, owned_processes
from infra.servers.postgres import DATABASE, USER
from infra.stack import POSTGRES, Stack
from tests.awaiting import await_that

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """In a home with more than letters in its name; shared by this module's tests."""
    made = Stack(load_settings(home=tmp_path_factory.mktemp("postgres") / "a 'home, of #1;"))
    if reason := made.postgres.why_not_here():
        pytest.skip(f"PostgreSQL cannot run here: {reason}")
    made.up((POSTGRES,))
    yield made
    made.down()
    shutil.rmtree(made.home.path)


@pytest.fixture(autouse=True)
def _is_up(stack: Stack) -> None:
    """Each test finds it at work, whatever the one before did."""
    stack.up((POSTGRES,))


def query(stack: Stack, text: str) -> list[tuple[object, ...]]:
    login = {"host": str(stack.home.sockets), "user": USER, "dbname": DATABASE}
    with closing(psycopg2.connect(**login)) as connection, connection, connection.cursor() as found:
        found.execute(text)
        return list(found.fetchall()) if found.description else []


def keep(stack: Stack, number: int) -> None:
    query(stack, "CREATE TABLE IF NOT EXISTS kept (number INT PRIMARY KEY)")
    query(stack, f"INSERT INTO kept VALUES ({number})")


def kept(stack: Stack) -> list[object]:
    return [number for (number,) in query(stack, "SELECT number FROM kept ORDER BY 1")]


def test_it_listens_on_no_port_and_has_no_right_of_root(stack: Stack) -> None:
    server = psutil.Process(stack.pid(POSTGRES))
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert [each for each in server.net_connections() if each.family.name != "AF_UNIX"] == []
    assert "CapEff:\t0000000000000000" in status


def test_what_it_writes_belongs_to_us_alone(stack: Stack) -> None:
    folder = stack.home.path / "postgres"
    assert {path.stat().st_uid for path in folder.rglob("*")} == {os.geteuid()}
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_nobody_else_comes_in(stack: Stack) -> None:
    """Not even through open folders: the server asks the kernel who it is."""
    socket = stack.home.sockets / ".s.PGSQL.5432"
    tried = f"import psycopg2; psycopg2.connect(host={str(socket.parent)!r}, user={USER!r})"
    try:
        socket.parent.chmod(0o755)
        socket.chmod(0o777)
        for user in (1, 65534):
            done = subprocess.run(
                [sys.executable, "-c", f"import os, psycopg2; os.setuid({user}); {tried}"],
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Peer authentication failed" in done.stderr
    finally:
        socket.chmod(0o700)
        socket.parent.chmod(0o700)


def test_all_is_kept_when_it_is_killed_and_started_again(stack: Stack) -> None:
    """By the supervisor, with nobody's help."""
    keep(stack, 1)
    first = stack.pid(POSTGRES)
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        state = stack.states()[POSTGRES]
        return state.alive and state.pid != first

    await_that(is_back, "PostgreSQL runs again", timeout_s=20)
    stack.up((POSTGRES,))
    assert kept(stack) == [1]


def test_it_ends_in_order_when_its_supervisor_is_killed(stack: Stack) -> None:
    server, supervisor = stack.pid(POSTGRES), stack.supervisor.pid()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    await_that(lambda: not is_running(server), "the server has ended", timeout_s=30)
    assert owned_processes(stack.home.path) == {}
    stack.up((POSTGRES,))
    log = (stack.home.logs / "postgres.log").read_text()
    assert "was shut down at" in log.rpartition("starting PostgreSQL")[2]


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(stack: Stack) -> None:
    """After a power loss its number may be any process."""
    locks = (
        stack.home.path / "postgres" / "data" / "postmaster.pid",
        stack.home.sockets / ".s.PGSQL.5432.lock",
    )
    texts = [lock.read_text() for lock in locks]
    stack.stop(POSTGRES)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        for lock, text in zip(locks, texts, strict=True):
            lock.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:]]) + "\n")
        stack.up((POSTGRES,))
        assert query(stack, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
        stranger.kill()


def test_down_leaves_its_data_and_nothing_else(stack: Stack) -> None:
    keep(stack, 2)
    rows = kept(stack)
    stack.down()
    assert owned_processes(stack.home.path) == {}
    assert not stack.home.sockets.exists()
    stack.up((POSTGRES,))
    assert kept(stack) == rows
