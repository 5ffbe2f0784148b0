"""Hours are counted again under other code or rules, and stay so judged in every later recount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from batch.archive.segments import claim
from batch.correct.ownership import own
from batch.due import HOUR
from batch.restate.runs import RestateAsk
from clickledger.clock import from_epoch_ms, to_epoch_ms, utc_now
from clickledger.errors import OperationRefusedError
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from tests.stack.batch.reconciled import Reconciled

pytestmark = pytest.mark.stack

NOW = utc_now().replace(minute=0, second=0, microsecond=0)
DAY = NOW.replace(hour=0) - timedelta(days=40)
OLD_LIMIT = {"max_age": "P20D", "max_future": "PT0S"}
DEVICES = 600  # corrections of an hour take two transactions


def events(hour: datetime, count: int, device: str = "d") -> Iterator[bytes]:
    """Good events of the first ten minutes of an hour, each of another device."""
    start = to_epoch_ms(hour)
    for n in range(count):
        yield f"{device}{n}|mobile|{start + n * 600_000 // count}|{n % 5}".encode()


@pytest.fixture(scope="module", autouse=True)
def some_hours(reconciled: Reconciled) -> None:
    """Four hours, reconciled."""
    for n in range(4):
        reconciled.send(events(DAY + n * HOUR, DEVICES))
    assert reconciled.reconcile().ok


def count_wrongly(reconciled: Reconciled, hour: datetime) -> None:
    """What a release leaves, consistently, that counts clicks twice and rejects a valid event."""
    start, end = to_epoch_ms(hour), to_epoch_ms(hour + HOUR)
    key = "minute = %s AND device_id = 'd0'"
    assert reconciled.harm(f"DELETE FROM clicks_by_minute WHERE {key}", hour) == 1
    reconciled.harm(
        "UPDATE type_clicks_by_minute SET events = events - 1, devices = devices - 1"
        " WHERE minute = %s",
        hour,
    )
    for table in ("clicks_by_minute", "type_clicks_by_minute"):
        reconciled.harm(
            f"UPDATE {table} SET clicks = clicks * 2 WHERE minute >= %s AND minute < %s",
            hour,
            hour + HOUR,
        )
    ranges = "event_time_min_ms >= %s AND event_time_max_ms < %s"
    reconciled.harm(
        "UPDATE stream_batches SET clicks = clicks * 2, code_fingerprint = 'f',"
        f" release_name = 'wrong' WHERE {ranges}",
        start,
        end,
    )
    one_more = "accepted = accepted - 1, rejected = rejected + 1"
    where = f"{ranges} AND accepted > 1 LIMIT 1"
    assert reconciled.harm(f"UPDATE stream_batches SET {one_more} WHERE {where}", start, end) == 1
    reconciled.harm(
        "INSERT INTO rejected_counts VALUES (%s, 'bad_click', 1)"
        " ON DUPLICATE KEY UPDATE rejected = rejected + 1",
        hour,
    )
    reconciled.reopen(hour)
    reconciled.assert_books_balance()


def assert_right(reconciled: Reconciled) -> None:
    """Minute rows are the oracle's by the deployment's rules, the books balance."""
    assert reconciled.minutes() == reconciled.true_minutes()
    reconciled.assert_books_balance()


def causes(reconciled: Reconciled, run: str) -> set[str]:
    rows = reconciled.rows("SELECT DISTINCT cause FROM corrections WHERE run = %s", run)
    return {row["cause"] for row in rows}


def test_a_wrong_release_is_put_right_by_restating(reconciled: Reconciled) -> None:
    count_wrongly(reconciled, DAY)
    waiting = reconciled.result_of(DAY)
    assert (waiting.verdict, waiting.cause) == ("differs", "release")

    figures = reconciled.minutes()
    shown = reconciled.restate(DAY, DAY + 2 * HOUR, approved=False)
    assert [found.verdict for found in shown.results] == ["differs", "identical"]
    assert "by wrong" in shown.results[0].detail
    assert shown.moves
    assert reconciled.minutes() == figures
    other = replace(shown.shown, rules_version=shown.shown.rules_version + 1)
    with pytest.raises(OperationRefusedError, match="Nothing was changed"):
        reconciled.restate(DAY, DAY + 2 * HOUR, shown=other)
    assert reconciled.minutes() == figures
    assert reconciled.rows("SELECT * FROM restatements") == []

    done = reconciled.restate(DAY, DAY + 2 * HOUR, shown=shown.shown)
    assert [found.verdict for found in done.results] == ["restated", "identical"], done.results[
        1
    ].detail
    assert causes(reconciled, done.run) == {"release"}
    assert_right(reconciled)
    reconciled.assert_hours_exact()
    assert (reconciled.state(DAY), reconciled.is_held(DAY)) == ("reconciled", False)

    again = reconciled.restate(DAY, DAY + 2 * HOUR)
    assert [found.verdict for found in again.results] == ["identical", "identical"]
    assert causes(reconciled, again.run) == set()
    reconciled.send(events(DAY, 3, "late"))
    assert reconciled.result_of(DAY).verdict == "identical"
    assert_right(reconciled)


def test_a_restatement_is_taken_back_and_made_again(reconciled: Reconciled) -> None:
    hour = DAY + HOUR
    count_wrongly(reconciled, hour)
    wrong = reconciled.minutes()
    done = reconciled.restate(hour, hour + HOUR)
    assert reconciled.undo(done.run).hours == [hour]
    assert reconciled.minutes() == wrong
    assert (reconciled.state(hour), reconciled.is_held(hour)) == ("reopened", True)
    reconciled.assert_books_balance()

    reconciled.restate(hour, hour + HOUR)
    assert_right(reconciled)
    assert (reconciled.state(hour), reconciled.is_held(hour)) == ("reconciled", False)


def test_killed_again_and_again_it_is_begun_anew(reconciled: Reconciled) -> None:
    hour = DAY + 2 * HOUR
    count_wrongly(reconciled, hour)
    ask = RestateAsk(hour, hour + HOUR, "tests", "a test", approved=True)
    for point in ("correction_applied", "before_restatement"):
        killed = reconciled.worker.restate(reconciled.settings, ask, point)
        reconciled.worker.await_failpoint(killed)
        reconciled.worker.kill()
        assert reconciled.is_held(hour)
        assert hour not in {found.hour for found in reconciled.reconcile().results}
        reconciled.assert_books_balance()

    found = reconciled.restate(hour, hour + HOUR).results
    assert [(each.verdict, each.cause) for each in found] == [("restated", "release")]
    assert_right(reconciled)
    assert (reconciled.state(hour), reconciled.is_held(hour)) == ("reconciled", False)


def test_what_is_left_of_one_is_let_go_where_nothing_is_to_be_restated(
    reconciled: Reconciled,
) -> None:
    """It was cut off in mid correction, and the rules that it was for were put back."""
    hour = DAY + HOUR
    strict = reconciled.settings.model_copy(update={"max_age": timedelta(days=20)})
    ask = RestateAsk(hour, hour + HOUR, "tests", "a test", approved=True)
    cut_off = reconciled.worker.restate(strict, ask, "correction_applied")
    reconciled.worker.await_failpoint(cut_off)
    with connected(reconciled.settings, Role.BATCH) as connection:
        own(connection, "another run", [hour], held=True)
    reconciled.worker.pass_failpoint()
    assert [each.verdict for each in cut_off.result(120).results] == ["overtaken"]
    assert reconciled.is_held(hour)

    (found,) = reconciled.restate(hour, hour + HOUR).results
    assert (found.verdict, found.detail) == (
        "identical",
        "what a dead restatement left is taken back: reconcile marks it",
    )
    assert (reconciled.state(hour), reconciled.is_held(hour)) == ("reopened", False)
    newest = "SELECT * FROM released_holds WHERE hour = %s ORDER BY released_at DESC LIMIT 1"
    (ended,) = reconciled.rows(newest, hour)
    assert ended["hold_reason"].endswith("left by a restatement that did not finish")
    assert (ended["released_by"], ended["reason"]) == ("tests", "a test")
    assert reconciled.result_of(hour).verdict == "identical"
    assert_right(reconciled)


def test_what_nobody_can_explain_is_held_and_not_restated(reconciled: Reconciled) -> None:
    hour = DAY + 3 * HOUR
    count_wrongly(reconciled, hour)
    code = reconciled.rows("SELECT code_fingerprint AS code FROM stream_generations LIMIT 1")
    touched = (to_epoch_ms(hour), to_epoch_ms(hour + HOUR))
    own_code = (
        "UPDATE stream_batches SET code_fingerprint = %s"
        " WHERE event_time_min_ms >= %s AND event_time_max_ms < %s"
    )
    reconciled.harm(own_code, code[0]["code"], *touched)
    wrong = reconciled.minutes()
    ask = RestateAsk(hour, hour + HOUR, "tests", "a test", approved=True)
    overtaken = reconciled.worker.restate(reconciled.settings, ask, "recounted")
    reconciled.worker.await_failpoint(overtaken)
    with connected(reconciled.settings, Role.BATCH) as connection:
        own(connection, "another run", [hour])
    reconciled.worker.pass_failpoint()
    assert [each.verdict for each in overtaken.result(120).results] == ["overtaken"]
    assert not reconciled.is_held(hour)

    found = reconciled.restate(hour, hour + HOUR).results
    assert [(each.verdict, each.cause) for each in found] == [("differs", "unknown")]
    assert (reconciled.minutes(), reconciled.is_held(hour)) == (wrong, True)
    troubles = "SELECT scope, hour, verdict FROM open_incidents"
    assert reconciled.rows(troubles) == [{"scope": "hour", "hour": hour, "verdict": "unknown"}]

    reconciled.harm(own_code, "another", *touched)
    assert reconciled.restate(hour, hour + HOUR).ok
    assert_right(reconciled)
    assert (reconciled.rows(troubles), reconciled.is_held(hour)) == ([], False)


def reopened_and_identical(reconciled: Reconciled, hour: datetime) -> None:
    reconciled.reopen(hour)
    assert reconciled.result_of(hour).verdict == "identical"


def test_events_come_back_under_other_rules(reconciled: Reconciled) -> None:
    """Too old and too far ahead by the rules of then; valid by those of now."""
    reconciled.deployment.rest()
    reconciled.deployment.driver(**OLD_LIMIT).await_running()
    old, ahead = DAY + 4 * HOUR, from_epoch_ms(to_epoch_ms(utc_now()) + 1_800_000)
    reconciled.send(events(old, 50, "old"))
    reconciled.send([f"ahead|tv|{to_epoch_ms(ahead)}|1".encode()])
    reconciled.send(events(NOW - 3 * HOUR, 50))
    keys = {device for _, _, device in reconciled.minutes()}
    assert not {"old0", "ahead"} & keys
    rejected = reconciled.rows("SELECT * FROM rejected_counts ORDER BY hour, reason")
    assert {"time_too_old", "time_in_future"} <= {row["reason"] for row in rejected}

    # A claim of a later moment: the segment that it makes straddles the restatement's cut.
    ask = RestateAsk(DAY, NOW + 3 * HOUR, "tests", "a test", approved=True)
    run = reconciled.worker.restate(reconciled.settings, ask, "snapshot_taken")
    reconciled.worker.await_failpoint(run)
    reconciled.send(events(old, 10, "after"))
    with connected(reconciled.settings, Role.BATCH) as connection:
        for partition, end in reconciled.deployment.applied().items():
            claim(connection, reconciled.settings.topic, partition, end, 10**6)
    reconciled.worker.pass_failpoint()
    done = run.result(300)
    moved = {found.hour: found.cause for found in done.results if found.verdict == "restated"}
    assert moved == {old: "rules", ahead.replace(minute=0, second=0, microsecond=0): "rules"}

    expected = reconciled.true_minutes()
    after = {key for key in expected if key[2].startswith("after")}
    assert len(after) == 10
    assert reconciled.minutes() == {k: v for k, v in expected.items() if k not in after}
    assert reconciled.rows("SELECT * FROM rejected_counts WHERE hour < %s", NOW) == [
        row for row in rejected if row["hour"] < NOW
    ]
    reconciled.assert_books_balance()
    reopened_and_identical(reconciled, old)  # below the cut by today's rules, above it by its own

    assert reconciled.restate(old, old + HOUR).ok
    assert_right(reconciled)
    reopened_and_identical(reconciled, old)

    newest = reconciled.rows("SELECT run FROM restatements ORDER BY id DESC LIMIT 1")[0]["run"]
    with pytest.raises(OperationRefusedError, match=f"Run {newest} restated {old}"):
        reconciled.undo(done.run)
    reconciled.undo(newest)
    reconciled.undo(done.run)
    assert not {"old0", "ahead", "after0"} & {device for _, _, device in reconciled.minutes()}
    reconciled.release(old)
    reopened_and_identical(reconciled, old)  # by the rules of then again
    reconciled.assert_books_balance()


def test_copies_that_other_rules_admit_are_taken_out(reconciled: Reconciled) -> None:
    """Too old by the rules of their ranges, twice each; later they are too old again."""
    hour = DAY + 5 * HOUR
    reconciled.send(2 * [*events(hour, 3, "twin")])
    done = reconciled.restate(hour, hour + HOUR, duplicates="correct")
    assert [(found.verdict, found.cause) for found in done.results] == [("restated", "rules")]

    def standing() -> list[dict[str, Any]]:
        text = (
            "SELECT cause, SUM(events_delta) AS events FROM corrections WHERE hour = %s GROUP BY 1"
        )
        return reconciled.rows(f"{text} ORDER BY 1", hour)

    twins = {key[2]: n for key, n in reconciled.minutes().items() if key[2].startswith("twin")}
    assert twins == {f"twin{n}": (n, 1) for n in range(3)}
    assert standing() == [{"cause": "duplicates", "events": -3}, {"cause": "rules", "events": 6}]
    reconciled.assert_books_balance()

    changes: dict[str, Any] = {"max_age": timedelta(days=20), "duplicates": "correct"}
    strict = reconciled.restate(hour, hour + HOUR, approved=True, **changes)
    assert [(found.verdict, found.cause) for found in strict.results] == [("restated", "rules")]
    assert standing() == [{"cause": "duplicates", "events": 0}, {"cause": "rules", "events": 0}]
    assert not twins.keys() & {key[2] for key in reconciled.minutes()}
    reconciled.assert_books_balance()
