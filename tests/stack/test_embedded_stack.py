"""The embedded stack itself, on real servers in a home of its own: up, crash, up again, down."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pymysql
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType

from clickledger.errors import ConfigurationError
from clickledger.kafka.clients import client_options
from clickledger.kafka.topics import admin_client
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, load_settings
from infra.home import Home
from infra.ownership import is_running, owned_processes
from infra.ports import is_free
from infra.report import report
from infra.servers.kafka import KafkaServer
from infra.stack import Stack
from infra.steps import step
from tests.awaiting import await_that
from tests.stack.own_home import kill_everything, own_ports
from tests.stack.stream.deployment import link_jars

pytestmark = pytest.mark.stack

SERVERS = ("kafka", "mariadb")


def new_stack(home: Path, **settings: object) -> Stack:
    return Stack(load_settings(home=home, port_base=own_ports(), **settings))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers in a home with blanks and more in its name; shared by this module's tests."""
    home = tmp_path_factory.mktemp("embedded") / "a home, of #1;"
    made = new_stack(home)
    made.up(SERVERS)
    yield made
    made.down()
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def _is_up(stack: Stack) -> None:
    """Each test finds both servers at work, whatever the one before did."""
    stack.up(SERVERS)


def pids(stack: Stack) -> dict[str, int]:
    return {name: stack.pid(name) for name in SERVERS}


def send(stack: Stack, *values: bytes) -> None:
    with closing(KafkaProducer(**client_options(stack.settings), acks="all")) as producer:
        for value in values:
            producer.send(stack.settings.topic, value, partition=0).get(30)


def read(stack: Stack) -> list[bytes]:
    where = TopicPartition(stack.settings.topic, 0)
    with closing(KafkaConsumer(**client_options(stack.settings), group_id=None)) as consumer:
        consumer.assign([where])
        end = consumer.end_offsets([where])[where]
        consumer.seek_to_beginning(where)
        found: list[bytes] = []
        deadline = time.monotonic() + 30
        while len(found) < end and time.monotonic() < deadline:
            found += [record.value for record in consumer.poll(500).get(where, [])]
        return found


def insert(stack: Stack, number: int) -> None:
    with connected(stack.settings, Role.OWNER) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (number INT PRIMARY KEY)")
        cursor.execute("INSERT INTO kept VALUES (%s)", (number,))


def kept(stack: Stack) -> list[int]:
    with connected(stack.settings, Role.READER) as reader:
        return [row["number"] for row in fetch_all(reader, "SELECT number FROM kept ORDER BY 1")]


def test_a_cluster_id_that_looks_like_an_option(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One random id in 64 begins with a hyphen."""
    link_jars(tmp_path / "home", stack.home.path)
    monkeypatch.setattr("infra.servers.kafka.uuid4", lambda: UUID(bytes=b"\xfb" * 16))
    home = Home(tmp_path / "home")
    home.kafka.mkdir()
    with step("kafka") as progress:
        KafkaServer(stack.settings, home).prepare(progress)
    (written,) = home.kafka.rglob("meta.properties")
    assert "\ncluster.id=-_v7" in written.read_text()


def kill_supervisor(stack: Stack) -> None:
    pid = stack.supervisor.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_a_second_up_changes_nothing_and_takes_seconds(stack: Stack) -> None:
    before = pids(stack)
    started = time.monotonic()
    stack.up(SERVERS)
    assert time.monotonic() - started < 5
    assert pids(stack) == before


def test_the_topic_is_as_the_contract_wants_it(stack: Stack) -> None:
    topic = stack.settings.topic
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    with admin_client(stack.settings) as admin:
        (described,) = admin.describe_topics([topic])
        answer = admin.describe_configs([resource], config_filter=ConfigFilterType.ALL)
    found = {name: entry["value"] for name, entry in answer["topic"][topic].items()}
    assert len(described["partitions"]) == stack.settings.topic_partitions
    assert found["message.timestamp.type"] == "LogAppendTime"
    assert found["cleanup.policy"] == "delete"
    assert found["retention.ms"] == "604800000"


def test_no_topic_is_made_by_accident(stack: Stack) -> None:
    with closing(KafkaConsumer(**client_options(stack.settings), group_id=None)) as consumer:
        consumer.partitions_for_topic("a_slip_of_the_pen")
    with admin_client(stack.settings) as admin:
        assert "a_slip_of_the_pen" not in admin.list_topics()


def test_each_user_may_do_its_part_only(stack: Stack) -> None:
    insert(stack, 0)
    denied = pytest.raises(pymysql.MySQLError, match="denied")
    with connected(stack.settings, Role.READER) as reader, reader.cursor() as cursor, denied:
        cursor.execute("DELETE FROM kept")
    with connected(stack.settings, Role.STREAM) as stream, stream.cursor() as cursor:
        cursor.execute("SELECT next_offset FROM stream_offsets")


@pytest.mark.parametrize("password", ["", "root's own"])
def test_root_logs_in_through_the_socket_only(stack: Stack, password: str) -> None:
    host, port = stack.settings.mysql_address
    tried = stack.mariadb.root_password if password else ""
    with pytest.raises(pymysql.MySQLError, match="denied"):
        pymysql.connect(host=host, port=port, user="root", password=tried)
    with stack.mariadb.root() as root, root.cursor() as cursor:
        cursor.execute("SELECT User, Host FROM mysql.user WHERE User IN ('', 'root')")
        assert list(cursor.fetchall()) == [("root", "localhost")]


def test_servers_listen_on_this_machine_only(stack: Stack) -> None:
    for port in (
        stack.settings.port_base,
        stack.settings.port_base + 1,
        stack.settings.port_base + 2,
    ):
        assert not is_free(port)
        with socket.socket() as other_address, pytest.raises(ConnectionRefusedError):
            other_address.connect(("127.0.0.2", port))


def test_a_killed_server_stays_down_until_it_is_started(stack: Stack) -> None:
    send(stack, b"before the kill")
    before = read(stack)
    for name in SERVERS:
        stack.kill(name)
        assert not stack.states()[name].alive
        stack.start(name)
    assert read(stack) == before


def test_a_server_that_crashes_is_started_again(stack: Stack) -> None:
    first = stack.pid("mariadb")
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        state = stack.states()["mariadb"]
        return state.alive and state.pid != first

    await_that(is_back, "MariaDB runs again", timeout_s=20)


def test_all_is_kept_when_everything_is_killed(stack: Stack) -> None:
    send(stack, b"one", b"two")
    insert(stack, 1)
    records, rows = read(stack), kept(stack)
    kill_everything(stack)
    stack.up(SERVERS)
    assert (read(stack), kept(stack)) == (records, rows)


def test_servers_end_in_order_when_their_supervisor_is_killed(stack: Stack) -> None:
    servers = pids(stack).values()
    kill_supervisor(stack)
    await_that(lambda: not any(map(is_running, servers)), "servers have ended", timeout_s=30)
    stack.up(SERVERS)
    last_start = (stack.home.logs / "mariadb.log").read_text().rpartition("Starting MariaDB")[2]
    assert "ready for connections" in last_start
    assert "crash recovery" not in last_start


def test_up_right_after_the_supervisors_death_waits_for_what_it_left(stack: Stack) -> None:
    before = pids(stack)
    kill_supervisor(stack)
    stack.up(SERVERS)
    assert not set(pids(stack).values()) & set(before.values())
    assert sorted(owned_processes(stack.home.path).values()) == [*SERVERS, "supervisord"]


def test_other_ports_move_the_servers(stack: Stack) -> None:
    insert(stack, 2)
    before, rows = pids(stack), kept(stack)
    moved = Stack(load_settings(home=stack.home.path, port_base=own_ports()))
    moved.up(SERVERS)
    assert moved.settings.bootstrap_servers != stack.settings.bootstrap_servers
    assert not set(pids(moved).values()) & set(before.values())
    assert kept(moved) == rows


def test_a_port_that_is_taken_is_told_with_who_has_it(stack: Stack, tmp_path: Path) -> None:
    other = Stack(load_settings(home=tmp_path / "other", port_base=stack.settings.port_base))
    try:
        with pytest.raises(ConfigurationError) as refused:
            other.up(("kafka",))
        assert f"is taken by process {stack.pid('kafka')}" in str(refused.value)
    finally:
        other.down()


def test_a_changed_jar_is_refused(stack: Stack) -> None:
    (jar,) = (stack.home.jars / "kafka").glob("kafka_2.13-*.jar")
    right = jar.read_bytes()
    try:
        jar.write_bytes(right + b"\0")
        with pytest.raises(ConfigurationError, match="was changed"):
            stack.up(SERVERS)
    finally:
        jar.write_bytes(right)


def test_the_report_says_what_works(stack: Stack) -> None:
    stack.stop("kafka")
    found = {each.program: each for each in report(stack)}
    assert (found["mariadb"].healthy, found["mariadb"].right) == (True, True)
    assert (found["kafka"].healthy, found["kafka"].right) == (False, False)
    assert found["mariadb"].pid == stack.pid("mariadb")


def test_down_leaves_the_data_and_nothing_else(stack: Stack) -> None:
    insert(stack, 3)
    sockets, rows = stack.home.sockets, kept(stack)
    stack.down()
    assert owned_processes(stack.home.path) == {}
    assert not sockets.exists()
    left = {path.name for path in stack.home.path.iterdir()}
    assert left == {"jars", "kafka", "logs", "mariadb", "secrets.env"}
    stack.down()  # nothing to do is no error
    (stack.home.path / "secrets.env").unlink()  # a loss that locks nobody out
    again = Stack(load_settings(home=stack.home.path, port_base=stack.settings.port_base))
    again.up(SERVERS)
    assert kept(again) == rows


def test_an_interrupted_first_start_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted where most is half made: between unpacking and tables, in a home too deep for a
    socket."""
    interrupted = new_stack(tmp_path / ("deep" * 40))

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        with monkeypatch.context() as patched:
            patched.setattr("infra.servers.mariadb.MariadbServer._bootstrap", interrupt)
            patched.setattr("infra.servers.kafka.KafkaServer._format", interrupt)
            for name in ("kafka", "mariadb"):
                with pytest.raises(KeyboardInterrupt):
                    interrupted.up((name,))
        interrupted.up(SERVERS)
        assert [each.healthy for each in report(interrupted)][:2] == [True, True]
        assert len(os.fsencode(interrupted.home.sockets)) < 60
    finally:
        interrupted.down()
    assert not interrupted.home.sockets.exists()
