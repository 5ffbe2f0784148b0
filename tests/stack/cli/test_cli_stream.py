"""Wishes to the stream: what is written, waited for, and refused. The driver here is a thread that
answers as the real one does (tests/stack/stream runs that one)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected, fetch_all, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from tests.awaiting import await_that
from tests.stack.cli.conftest import Invoke

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def fresh(database: Settings) -> None:
    """The state of a stream that has never run."""
    with connected(database, Role.OWNER) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM stream_state")
        cursor.execute("DELETE FROM reject_allowances")
        cursor.execute("UPDATE stream_fence SET epoch = 4")
        cursor.execute(statement("migrations/0009_insert_stream_state_row"))


def state(settings: Settings) -> dict[str, Any]:
    with connected(settings, Role.READER) as connection:
        row = fetch_one(connection, "SELECT * FROM stream_state")
    assert row is not None
    return row


def say(settings: Settings, word: str) -> None:
    """What a driver writes of itself."""
    with connected(settings, Role.STREAM) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stream_state SET state = %s, heartbeat_at = UTC_TIMESTAMP(3), epoch = 4,"
            " last_commit_at = UTC_TIMESTAMP(3), lag_events = 12, pid = 77, host = 'h',"
            ' progress = \'{"records": 5, "records_per_s": 1.5}\' WHERE id = 1',
            (word,),
        )


@contextmanager
def obedient_driver(settings: Settings) -> Iterator[None]:
    """Says draining, then drained, as soon as it is wanted to drain."""
    say(settings, "running")

    def obey() -> None:
        await_that(lambda: state(settings)["desired_state"] == "drained", "the wish to drain")
        say(settings, "draining")
        say(settings, "drained")

    thread = threading.Thread(target=obey)
    thread.start()
    yield
    thread.join()


def test_a_drain_waits_for_the_driver_and_proves_where_it_stopped(
    invoke: Invoke, deployed: Settings
) -> None:
    with connected(deployed, Role.STREAM) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stream_offsets VALUES"
            " (%s, 1, 'id', 0, 420, NULL, NULL, NULL, NULL, 3, UTC_TIMESTAMP(3))",
            (deployed.topic,),
        )
    with obedient_driver(deployed):
        code, out, _ = invoke("stream", "drain", "--reason", "update", "--by", "ann", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["state"], found["next_offsets"]) == ("done", {"1": 420})
    assert 0 <= found["took_ms"] < 60_000
    row = state(deployed)
    wish = (row["desired_state"], row["desired_by"], row["desired_reason"])
    assert wish == ("drained", "ann", "update")


def test_a_drain_that_takes_too_long_ends_the_epoch(invoke: Invoke, deployed: Settings) -> None:
    say(deployed, "running")
    code, out, _ = invoke("stream", "drain", "--reason", "x", "--timeout", "0.2", "--json")
    found = json.loads(out)
    assert (code, found["state"], found["in_order"]) == (0, "done", False)
    assert found["lines"][0].startswith("It did not drain within 0.2 s: its epoch was ended")
    assert state(deployed)["desired_state"] == "drained"
    with connected(deployed, Role.READER) as connection:
        fence = fetch_one(connection, statement("stream/read_fence"))
    assert (fence and fence["epoch"]) == 5


def test_a_drain_without_a_driver_does_not_claim_one_drained(
    invoke: Invoke, deployed: Settings
) -> None:
    code, out, _ = invoke("stream", "drain", "--reason", "x")
    assert code == 0
    assert "No driver ran, and none will start." in out


def test_start_is_wished_for_and_says_that_nobody_here_starts_it(
    invoke: Invoke, deployed: Settings
) -> None:
    invoke("stream", "drain", "--reason", "x")
    code, out, _ = invoke("stream", "start", "--reason", "back", "--by", "bob")
    assert code == 0
    assert "clickledger stream run" in out
    row = state(deployed)
    assert (row["desired_state"], row["desired_by"]) == ("running", "bob")
    code, out, _ = invoke("stream", "start", "--json")
    assert json.loads(out)["started"] is False


def test_status_is_a_verdict_and_what_it_is_made_of(invoke: Invoke, deployed: Settings) -> None:
    say(deployed, "running")
    code, out, _ = invoke("stream", "status", "--json")
    found = json.loads(out)
    assert (code, found["verdict"], found["detail"]) == (0, "healthy", "12 events are waiting")
    assert (found["epoch"], found["lag_events"], found["state"]) == (4, 12, "running")
    assert found["progress"] == {"records": 5, "records_per_s": 1.5}
    assert found["last_commit_at"].endswith("Z")
    code, out, _ = invoke("stream", "status")
    assert code == 0
    assert "stream:      healthy: 12 events are waiting" in out
    assert "process:     77 on h" in out
    assert "lag:         12 events, 8.0 s at this rate" in out
    say(deployed, "down")
    assert invoke("stream", "status")[0] == 1


def allow(invoke: Invoke, token: str, *ranges: str) -> tuple[int, str, str]:
    named = [word for text in ranges for word in ("--range", text)]
    return invoke("stream", "allow-rejects", *named, "--reason", "r", "--token", token, "--json")


def allowances(settings: Settings) -> set[tuple[str, str, int, int, int]]:
    with connected(settings, Role.READER) as connection:
        rows = fetch_all(connection, "SELECT * FROM reject_allowances")
    return {
        (
            *(row["token"], row["topic"], row["kafka_partition"]),
            *(row["start_offset"], row["end_offset"]),
        )
        for row in rows
    }


def test_a_token_makes_an_allowance_one_act(invoke: Invoke, deployed: Settings) -> None:
    code, out, _ = allow(invoke, "t1", "0:5:50", "1:7:70")
    assert (code, json.loads(out)["added"]) == (0, True)
    expected = {("t1", deployed.topic, 0, 5, 50), ("t1", deployed.topic, 1, 7, 70)}
    assert allowances(deployed) == expected
    code, out, _ = allow(invoke, "t1", "1:7:70", "0:5:50")
    assert (code, json.loads(out)["added"]) == (0, False)
    assert allowances(deployed) == expected


@pytest.mark.parametrize("other", [("0:5:51",), ("1:7:70",), ("0:5:50", "1:7:70")])
def test_a_token_with_other_ranges_is_refused(
    invoke: Invoke, deployed: Settings, other: tuple[str, ...]
) -> None:
    assert allow(invoke, "t1", "0:5:50")[0] == 0
    code, _, err = allow(invoke, "t1", *other)
    assert code == ExitCode.USAGE
    assert "used before, for other ranges" in err
    assert allowances(deployed) == {("t1", deployed.topic, 0, 5, 50)}
    assert allow(invoke, "t2", *other)[0] == 0


def test_the_driver_reads_what_was_allowed(invoke: Invoke, deployed: Settings) -> None:
    assert allow(invoke, "t1", "0:5:50")[0] == 0
    with connected(deployed, Role.STREAM) as connection:
        rows = fetch_all(connection, statement("stream/allowances"), (deployed.topic,))
    assert rows == [{"kafka_partition": 0, "start_offset": 5, "end_offset": 50}]


def test_status_says_since_when_it_is_so_and_what_is_left(
    invoke: Invoke, deployed: Settings
) -> None:
    """An open trouble is as old as its incident, and has spent its own budget."""

    def change(text: str) -> dict[str, Any]:
        with connected(deployed, Role.OWNER) as connection, connection.cursor() as cursor:
            cursor.execute(text)
        found: dict[str, Any] = json.loads(invoke("stream", "status", "--json")[1])
        return found

    say(deployed, "running")
    change("UPDATE stream_state SET heartbeat_at = UTC_TIMESTAMP(3) - INTERVAL 60 SECOND")
    stuck = change(
        "INSERT INTO incidents (verdict, detail, next_step, opened_at, last_seen_at, restarts,"
        " last_restart_at) VALUES ('stuck', 'x', '', '2026-01-01 10:00', '2026-01-01 10:01', 3,"
        " '2026-01-01 10:01')"
    )
    assert (stuck["verdict"], stuck["restarts_left"]) == ("stuck", 0)
    assert stuck["verdict_since"].startswith("2026-01-01T10:00:00")
    say(deployed, "running")
    fine = change("UPDATE incidents SET ended_at = '2026-01-01 11:00'")
    assert (fine["verdict"], fine["verdict_since"][:19]) == ("healthy", "2026-01-01T11:00:00")
    change("DELETE FROM incidents")
