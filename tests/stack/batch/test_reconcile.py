"""Closed hours are recounted exactly while the stream runs; what differs is found and named."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from confluent_kafka import Producer

from batch.correct.ownership import own
from batch.due import HOUR
from batch.reconcile.results import HourResult
from batch.reconcile.runs import Ask, reconcile
from cli.main import run
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.contract.oracle import Event, judge
from clickledger.errors import ExitCode
from clickledger.ledger.audit import run_audit
from clickledger.ledger.rules_versions import effective_rules
from clickledger.mysql.connection import connected
from clickledger.release import release_name
from clickledger.settings import Role
from tests.stack.batch.reconciled import BY_TESTS, Reconciled
from tests.stack.stream.clicks import clicks
from tests.stack.topic_settings import set_topic

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)


def again(hour: datetime, **more: bool) -> Ask:
    """One hour that is named: looked at again, reconciled or not."""
    return Ask("tests", "a test", hour, hour + HOUR, **more)


def events(hour: datetime, count: int, device: str = "d") -> list[bytes]:
    """Good events of one hour, each of another device."""
    start = to_epoch_ms(hour)
    return [f"{device}{n}|mobile|{start + n * 1000}|{n % 5}".encode() for n in range(count)]


@pytest.fixture(scope="module", autouse=True)
def first_run(reconciled: Reconciled, seed: int) -> None:
    """Clicks of a month, late ones and garbage among them, and all that is due reconciled once."""
    reconciled.send(clicks(20_000, seed=seed))
    for n in range(12):
        reconciled.send(events(DAY + timedelta(hours=n), 50))
    report = reconciled.reconcile()
    assert {found.verdict.value for found in report.results} == {"identical"}
    assert report.ok


def test_every_due_hour_is_identical_and_built(reconciled: Reconciled) -> None:
    reconciled.assert_hours_exact()
    reconciled.assert_books_balance()
    open_hours = reconciled.rows("SELECT hour FROM hours WHERE state <> 'reconciled'")
    assert all(row["hour"] >= utc_now() - timedelta(hours=2) for row in open_hours)


def test_a_silent_hour_is_reconciled_too(reconciled: Reconciled) -> None:
    silent = DAY + timedelta(hours=13)
    assert reconciled.state(silent) == "reconciled"
    assert reconciled.rows("SELECT events FROM reconciled_hours WHERE hour = %s", silent) == [
        {"events": 0}
    ]


def test_the_archive_holds_each_applied_record_once(reconciled: Reconciled) -> None:
    tiles = reconciled.rows(
        "SELECT SUM(records) AS records, SUM(holes) AS holes FROM archive_segments"
    )
    applied = reconciled.rows(
        "SELECT SUM(records_read) AS records, SUM(holes) AS holes FROM stream_batches"
    )
    assert tiles == applied


def test_nothing_is_done_where_nothing_is_due(reconciled: Reconciled) -> None:
    reconciled.reconcile()  # an hour may have become due since the first run
    before = reconciled.rows("SELECT * FROM reconcile_runs ORDER BY run")
    assert reconciled.reconcile().results == ()
    assert reconciled.rows("SELECT * FROM reconcile_runs ORDER BY run") == before


def test_what_is_applied_is_archived_where_nothing_is_due(reconciled: Reconciled) -> None:
    reconciled.send(events(utc_now().replace(minute=0, second=0, microsecond=0), 50, "young"))
    assert reconciled.reconcile().results == ()
    archived = reconciled.rows("SELECT kafka_partition, next_offset FROM archive_positions")
    assert {row["kafka_partition"]: row["next_offset"] for row in archived} == (
        reconciled.deployment.applied()
    )
    no_spark = Mock(side_effect=AssertionError("nothing is behind"))
    assert reconcile(reconciled.settings, BY_TESTS, session=no_spark).results == ()


def test_a_late_event_reopens_the_hour_and_is_in_the_next_figures(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=1)
    reconciled.send(events(hour, 1, "late"))
    assert reconciled.state(hour) == "reopened"
    assert reconciled.result_of(hour).verdict == "identical"
    reconciled.assert_hours_exact()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE clicks_by_minute SET clicks = clicks + 1000 WHERE minute = %s AND device_id = 'd1'",
        "DELETE FROM clicks_by_minute WHERE minute = %s AND device_id = 'd2'",
        "INSERT INTO clicks_by_minute VALUES (%s, 'mobile', 'a ghost\\t7\\t7', 3, 2)",
        "INSERT INTO clicks_by_minute VALUES (%s, 'mobile', 'a ghost\\r', 3, 2)",
        "INSERT INTO clicks_by_minute VALUES (%s, 'mobile', '', 3, 2)",
        "UPDATE type_clicks_by_minute SET devices = devices + 1 WHERE minute = %s",
    ],
    ids=["changed", "deleted", "added", "added as a line", "added without a name", "type row"],
)
def test_what_was_changed_by_hand_is_found_and_put_right(reconciled: Reconciled, harm: str) -> None:
    hour = DAY + timedelta(hours=2)
    assert reconciled.harm(harm, hour) == 1

    tried = reconciled.result_of(hour, again(hour, dry_run=True))
    assert (tried.verdict, tried.cause) == ("differs", "manual change")
    mended = reconciled.result_of(hour, again(hour, approved=True))
    assert (mended.verdict, mended.cause) == ("corrected", "manual change")

    reconciled.deployment.assert_exact()
    reconciled.assert_hours_exact()


def test_what_was_found_is_written_down_whole(reconciled: Reconciled) -> None:
    """One row is modified, one is missing, one is surplus."""
    hour = DAY + timedelta(hours=18)
    reconciled.send(events(hour, 50))
    assert reconciled.result_of(hour).verdict == "identical"
    cut = reconciled.deployment.applied()
    right = {key: n for key, n in reconciled.minutes().items() if hour <= key[0] < hour + HOUR}
    clicks, count = map(sum, zip(*right.values(), strict=True))
    for text in (
        "UPDATE clicks_by_minute SET clicks = clicks + 1000 WHERE minute = %s AND device_id = 'd1'",
        "DELETE FROM clicks_by_minute WHERE minute = %s AND device_id = 'd4'",  # of four clicks
        "INSERT INTO clicks_by_minute VALUES (%s, 'mobile', 'a ghost', 3, 2)",
    ):
        assert reconciled.harm(text, hour) == 1

    report = reconciled.reconcile(again(hour, dry_run=True))
    (row,) = reconciled.rows("SELECT * FROM reconcile_results WHERE run = %s", report.run)
    del row["ended_at"]
    segments = "SELECT DISTINCT kafka_partition, start_offset FROM archive_hours WHERE hour = %s"
    assert row == {
        "run": report.run,
        "hour": hour,
        "verdict": "differs",
        "cause": "manual change",
        "cut": json.dumps(cut),
        "settled": json.dumps(dict.fromkeys(cut, 0)),  # all records arrived long after the hour
        "segments": len(reconciled.rows(segments, hour)),
        "rows_compared": len(right) + 1,
        "rows_identical": len(right) - 2,
        "rows_modified": 1,
        "rows_missing": 1,
        "rows_surplus": 1,
        "stream_clicks": clicks + 1000 - 4 + 3,
        "stream_events": count - 1 + 2,
        "recount_clicks": clicks,
        "recount_events": count,
        "audit_clicks": clicks,
        "audit_events": count,
        "releases": json.dumps([release_name(reconciled.settings)]),
        "detail": "dry run: nothing was changed",
    }
    assert reconciled.result_of(hour, again(hour, approved=True)).verdict == "corrected"
    assert_exact(reconciled, hour)


def test_by_command_line(
    reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command in this process, what it asks for in the one that has a session."""
    hour = DAY + timedelta(hours=18)
    worker, cut = reconciled.worker, reconciled.deployment.applied()
    for name, value in reconciled.deployment.environment.items():
        monkeypatch.setenv(name, value)
    for name, work in {
        "batch.reconcile.runs.reconcile": lambda found, ask, **_: worker.reconcile(found, ask),
        "batch.restate.runs.restate": lambda found, ask, **_: worker.restate(found, ask),
    }.items():
        monkeypatch.setattr(name, lambda *args, work=work, **more: work(*args, **more).result(120))
    monkeypatch.setattr(
        "batch.reconcile.runs.archive_all",
        lambda settings, _: (worker.archive(settings, cut).result(120), cut),
    )

    def answer(expected: ExitCode, *words: str) -> dict[str, Any]:
        assert run([*words, "--json"]) == expected
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    archived = answer(ExitCode.OK, "archive")
    assert (archived["segments"], archived["cut"]) == (0, {str(p): at for p, at in cut.items()})
    reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 900 WHERE minute = %s", hour)
    named = ("reconcile", "--hour", hour.isoformat(), "--by", "tests")
    tried = answer(ExitCode.NOT_RECONCILED, *named, "--dry-run")
    assert [(found["verdict"], found["cause"]) for found in tried["hours"]] == [
        ("differs", "manual change")
    ]
    answer(ExitCode.NOT_RECONCILED, *named)  # it needs a person's word
    span = ("--from", hour.isoformat(), "--to", (hour + HOUR).isoformat(), "--reason", "by hand")
    answer(ExitCode.OPERATION_REFUSED, "restate", *span)
    done = answer(ExitCode.OK, "reconcile", *span, "--approve")
    assert [found["verdict"] for found in done["hours"]] == ["corrected"]
    assert_exact(reconciled, hour)
    day = answer(ExitCode.OK, "reconcile", "--day", str(DAY.date()))
    assert [found["hour"] for found in day["hours"]] == [
        f"{DAY + n * HOUR:%Y-%m-%dT%H:%M:%SZ}" for n in range(24)
    ]
    assert (day["ok"], day["waiting"]) == (True, [])


def test_a_dry_run_changes_nothing(reconciled: Reconciled) -> None:
    """Not even whose hours they are, nor the calendar, nor which hours there are."""
    hour, unnamed = DAY + timedelta(hours=2), DAY + timedelta(hours=14)
    harmed = "UPDATE clicks_by_minute SET clicks = clicks + %s WHERE minute = %s LIMIT 1"
    reconciled.harm(harmed, 1, hour)
    assert reconciled.harm("DELETE FROM hours WHERE hour = %s", unnamed) == 1
    before = reconciled.deployment.dump()
    other_zone = reconciled.settings.model_copy(update={"report_time_zone": "Asia/Kolkata"})
    day = Ask("tests", "a test", DAY, DAY + 24 * HOUR, dry_run=True)
    report = reconciled.worker.reconcile(other_zone, day).result(120)
    assert {found.hour for found in report.results if found.verdict == "differs"} == {hour}
    assert len(report.results) == 23
    after = reconciled.deployment.dump()
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed - {"stream_state"} == {"reconcile_runs", "reconcile_results"}

    reconciled.harm(harmed, -1, hour)
    reconciled.reconcile()


def test_a_large_correction_waits_for_a_persons_word(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=3)
    reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 9 WHERE minute = %s", hour)
    waiting = reconciled.result_of(hour, again(hour))
    assert (waiting.verdict, waiting.cause) == ("differs", "manual change")
    assert "--approve" in waiting.detail
    assert reconciled.state(hour) == "reopened"
    assert reconciled.rows("SELECT id FROM corrections WHERE hour = %s", hour) == []
    assert reconciled.result_of(hour, again(hour, approved=True)).verdict == "corrected"
    reconciled.deployment.assert_exact()


def test_an_hour_whose_tables_contradict_each_other_after_its_mark_is_held(
    reconciled: Reconciled,
) -> None:
    hour = DAY + timedelta(hours=6)
    run = reconciled.worker.reconcile(reconciled.settings, again(hour), "before_checks")
    reconciled.worker.await_failpoint(run)
    assert reconciled.harm("UPDATE type_clicks_by_hour SET clicks = 1 WHERE hour = %s", hour) == 1
    reconciled.worker.pass_failpoint()

    report = run.result(60)
    assert not report.ok
    (found,) = report.results
    assert found.verdict == "breaks_check"
    assert "hours_equal_types (device_type mobile, " in found.detail
    assert reconciled.is_held(hour)
    assert reconciled.state(hour) == "reopened"
    reconciled.release(hour)
    assert reconciled.result_of(hour).verdict == "identical"
    reconciled.assert_hours_exact()


def count_wrongly(reconciled: Reconciled, hour: datetime, code: str) -> None:
    """What a release leaves that counts each click of one minute twice, consistently."""
    row = reconciled.rows(
        "SELECT SUM(clicks) AS clicks FROM clicks_by_minute WHERE minute = %s", hour
    )[0]
    for table in ("clicks_by_minute", "type_clicks_by_minute"):
        reconciled.harm(f"UPDATE {table} SET clicks = clicks * 2 WHERE minute = %s", hour)
    changed = reconciled.harm(
        "UPDATE stream_batches SET clicks = clicks + %s, code_fingerprint = %s"
        " WHERE event_time_min_ms >= %s AND event_time_max_ms < %s LIMIT 1",
        row["clicks"],
        code,
        to_epoch_ms(hour),
        to_epoch_ms(hour + timedelta(hours=1)),
    )
    assert changed == 1


def test_what_another_release_counted_wrongly_is_named_and_left(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=4)
    count_wrongly(reconciled, hour, "f" * 64)
    found = reconciled.result_of(hour, again(hour, approved=True))
    assert (found.verdict, found.cause) == ("differs", "release")
    assert "counted wrongly: partition" in found.detail
    assert reconciled.rows("SELECT id FROM corrections WHERE hour = %s", hour) == []
    assert reconciled.state(hour) == "reopened"


def test_what_nobody_can_explain_is_held(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=5)
    code = reconciled.rows("SELECT DISTINCT code_fingerprint AS code FROM stream_generations")
    count_wrongly(reconciled, hour, code[0]["code"])
    found = reconciled.result_of(hour, again(hour, approved=True))
    assert (found.verdict, found.cause) == ("differs", "unknown")
    assert len(reconciled.rows("SELECT reason FROM held_hours WHERE hour = %s", hour)) == 1
    assert hour not in {found.hour for found in reconciled.reconcile().results}


def test_right_sums_under_wrong_keys_are_no_change_by_hand(reconciled: Reconciled) -> None:
    """Though the hour between them was changed by hand, consistently, and is corrected."""
    hours = [DAY + n * HOUR for n in (15, 16, 17)]
    move = (
        "UPDATE clicks_by_minute SET clicks = clicks + IF(device_id = 'd1', -1, 1)"
        " WHERE minute = %s AND device_id IN ('d1', 'd2')"
    )
    for hour in hours:
        reconciled.send(events(hour, 50))
    assert [reconciled.harm(move, hour) for hour in (hours[0], hours[2])] == [2, 2]
    for table in ("clicks_by_minute", "type_clicks_by_minute"):
        reconciled.harm(f"UPDATE {table} SET clicks = clicks * 2 WHERE minute = %s", hours[1])

    ask = Ask("tests", "a test", hours[0], hours[-1] + HOUR, approved=True)
    found = reconciled.reconcile(ask).results
    assert [(each.verdict, each.cause) for each in found] == [
        ("differs", "unknown"),
        ("corrected", "manual change"),
        ("differs", "unknown"),
    ]
    assert {each.detail for each in found} == {
        "",
        "right sums under wrong keys: docs/runbooks/hour-differs.md",
    }
    reconciled.assert_books_balance()


def test_a_click_between_snapshot_and_marking_is_not_missed(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=6)
    reconciled.send(events(hour, 1, "first"))
    run = reconciled.worker.reconcile(reconciled.settings, BY_TESTS, "before_mark")
    reconciled.worker.await_failpoint(run)
    reconciled.send(events(hour, 1, "second"))
    reconciled.worker.pass_failpoint()
    found = next(result for result in run.result(120).results if result.hour == hour)
    assert found.verdict == "identical"
    reconciled.assert_hours_exact()


def test_an_hour_of_endless_late_events_is_compared_and_stays_provisional(
    reconciled: Reconciled,
) -> None:
    """No failure: it was as it should be at the cut, and the next run takes it."""
    hour = DAY + timedelta(hours=6)
    with reconciled.deployment.sending(0.2, lambda turn: events(hour, 1, f"late{turn}-")):
        report = reconciled.reconcile(again(hour))
    (found,) = report.results
    assert (found.verdict, report.ok) == ("moved", True)
    assert found.stream == found.recount == found.audit
    assert (found.stream[1], found.comparison.differences) == (found.comparison.rows, ())
    assert reconciled.state(hour) == "reopened"
    reconciled.deployment.await_applied()
    assert reconciled.result_of(hour).verdict == "identical"
    reconciled.assert_hours_exact()


def test_a_dead_run_that_wakes_up_changes_nothing(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=7)
    reconciled.send(events(hour, 1, "woken"))
    run = reconciled.worker.reconcile(reconciled.settings, BY_TESTS, "before_mark")
    reconciled.worker.await_failpoint(run)
    with connected(reconciled.settings, Role.BATCH) as connection:
        own(connection, "another run", [hour])
    reconciled.worker.pass_failpoint()
    found = next(result for result in run.result(120).results if result.hour == hour)
    assert found.verdict == "overtaken"
    assert reconciled.state(hour) == "reopened"
    assert reconciled.result_of(hour).verdict == "identical"


def test_an_hour_is_not_due_while_the_stream_lags(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=8)
    reconciled.deployment.rest()
    reconciled.deployment.send(events(hour, 1, "lagging"))
    after_it = utc_now() + timedelta(milliseconds=1)  # arrivals are whole milliseconds
    closed_now = after_it - hour - HOUR
    lagging = reconciled.settings.model_copy(update={"settle": closed_now})
    behind = reconciled.worker.reconcile(lagging, again(hour))
    assert (behind.result(120).results, behind.result().waiting) == ((), [hour])

    reconciled.start_stream()
    reconciled.deployment.await_applied()
    caught_up = reconciled.worker.reconcile(lagging, again(hour))
    assert [found.verdict for found in caught_up.result(120).results] == ["identical"]


def assert_exact(reconciled: Reconciled, hour: datetime) -> None:
    """One hour, minute and hour rows; others are wrong on purpose here."""
    found, expected = (
        {key: counts for key, counts in minutes.items() if hour <= key[0] < hour + HOUR}
        for minutes in (reconciled.minutes(), reconciled.true_minutes())
    )
    assert found == expected
    assert reconciled.state(hour) == "reconciled"
    built = (
        "SELECT SUM(clicks) AS clicks, SUM(events) AS events FROM clicks_by_hour WHERE hour = %s"
    )
    clicks, count = map(sum, zip(*expected.values(), strict=True))
    assert reconciled.rows(built, hour) == [{"clicks": clicks, "events": count}]
    reconciled.assert_books_balance()


def run_again(reconciled: Reconciled, hour: datetime, **changes: object) -> HourResult:
    """One hour under other settings, approved."""
    settings = reconciled.settings.model_copy(update=changes)
    report = reconciled.worker.reconcile(settings, again(hour, approved=True)).result(120)
    return report.results[0]


def test_copies_are_taken_out_and_put_back_as_the_policy_says(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=9)
    reconciled.send([*events(hour, 3), *events(hour, 2)])
    assert reconciled.result_of(hour).verdict == "identical"

    def counts() -> dict[str, int]:
        rows = reconciled.rows(
            "SELECT device_id, SUM(events) AS events FROM clicks_by_minute"
            " WHERE minute >= %s AND minute < %s AND device_id IN ('d0', 'd2', 'd3')"
            " GROUP BY device_id",
            hour,
            hour + HOUR,
        )
        return {row["device_id"]: int(row["events"]) for row in rows}

    assert counts() == {"d0": 3, "d2": 2, "d3": 1}
    corrected = run_again(reconciled, hour, duplicates="correct")
    assert (corrected.verdict, corrected.cause) == ("corrected", "duplicates")
    assert counts() == {"d0": 1, "d2": 1, "d3": 1}
    assert run_again(reconciled, hour, duplicates="correct").verdict == "identical"
    reconciled.assert_books_balance()

    reconciled.send(events(hour, 1))
    again_corrected = run_again(reconciled, hour, duplicates="correct")
    assert (again_corrected.verdict, again_corrected.cause) == ("corrected", "duplicates")
    put_back = run_again(reconciled, hour)
    assert (put_back.verdict, put_back.cause) == ("corrected", "duplicates")
    assert counts() == {"d0": 4, "d2": 2, "d3": 1}
    assert_exact(reconciled, hour)


def test_a_ledger_row_moved_by_hand_is_found_and_named(reconciled: Reconciled) -> None:
    """Three offsets that nobody has counted are named, and no hour is judged meanwhile."""
    hour, topic = DAY + timedelta(hours=10), reconciled.settings.topic
    next_offset = reconciled.deployment.applied()[0]
    move = "UPDATE stream_offsets SET next_offset = next_offset + %s WHERE kafka_partition = 0"
    assert reconciled.harm(move, 3) == 1
    reconciled.reopen(hour)

    with connected(reconciled.settings, Role.READER) as connection:
        report = run_audit(connection)
    assert report.failed == {"ranges_tile"}
    rows = next(check for check in report.checks if check.name == "ranges_tile").rows
    assert {(row["topic"], row["kafka_partition"], row["next_offset"]) for row in rows} == {
        (topic, 0, next_offset + 3)
    }
    found = reconciled.result_of(hour)
    assert found.verdict == "archive_incomplete"
    assert f"no range that it applied begins at {next_offset:,}" in found.detail
    assert reconciled.rows("SELECT id FROM corrections WHERE hour = %s", hour) == []

    assert reconciled.harm(move, -3) == 1
    assert reconciled.result_of(hour).verdict == "identical"
    assert_exact(reconciled, hour)


def test_a_ledger_row_moved_back_by_hand_takes_no_event_away(reconciled: Reconciled) -> None:
    """What was counted beyond it is surplus for no known reason: the hour is held.

    The stream rests: a driver that runs ends when it sees its ledger moved back.
    """
    hour = DAY + timedelta(hours=19)
    reconciled.deployment.send(events(hour, 3, "last"), partition=0)
    reconciled.deployment.await_applied()
    reconciled.deployment.rest()
    before = reconciled.minutes()
    move = (
        "UPDATE stream_offsets SET next_offset = next_offset + %s, last_offset = last_offset + %s"
        " WHERE kafka_partition = 0"
    )
    assert reconciled.harm(move, -3, -3) == 1
    with connected(reconciled.settings, Role.READER) as connection:
        assert run_audit(connection).failed == {"ranges_tile"}
    found = reconciled.result_of(hour, again(hour, approved=True))
    assert (found.verdict, found.cause) == ("differs", "unknown")
    assert (reconciled.is_held(hour), reconciled.minutes()) == (True, before)

    assert reconciled.harm(move, 3, 3) == 1
    reconciled.release(hour)
    assert reconciled.result_of(hour).verdict == "identical"
    assert_exact(reconciled, hour)
    reconciled.start_stream()


def test_two_at_once_come_to_one_correction(reconciled: Reconciled) -> None:
    hour = DAY + timedelta(hours=10)
    reconciled.harm("UPDATE clicks_by_minute SET clicks = clicks + 9 WHERE minute = %s", hour)
    ask = again(hour, approved=True)
    first, second = reconciled.worker.reconcile_two(reconciled.settings, ask, "before_mark").result(
        120
    )
    verdicts = [report.results[0].verdict.value for report in (first, second)]
    assert verdicts == ["overtaken", "identical"]
    assert_exact(reconciled, hour)


def test_the_stream_is_redeployed_in_mid_reconcile(reconciled: Reconciled) -> None:
    """A new epoch takes over between snapshot and mark, and counts into the hour."""
    hour = DAY + timedelta(hours=11)
    reconciled.harm("DELETE FROM clicks_by_minute WHERE minute = %s LIMIT 1", hour)
    ask = again(hour, approved=True)
    run = reconciled.worker.reconcile(reconciled.settings, ask, "before_mark")
    reconciled.worker.await_failpoint(run)
    old = reconciled.deployment.running()
    old.await_running()
    old.expect_end()
    reconciled.start_stream()
    assert old.await_end() == ExitCode.STALE_WRITER
    reconciled.send(events(hour, 2, "after"))
    reconciled.worker.pass_failpoint()
    found = run.result(120).results
    assert [(each.verdict, each.cause) for each in found] == [("corrected", "manual change")]
    assert_exact(reconciled, hour)


def test_what_was_rejected_is_told_by_hour_of_arrival(reconciled: Reconciled) -> None:
    """On a topic with its clients' times: the broker's own are all of now."""
    hour, settings = DAY + timedelta(hours=20), reconciled.settings
    start = to_epoch_ms(hour)
    sent: list[tuple[bytes | None, str]] = [  # with the type that can be told
        *[(value, "mobile") for value in events(hour, 40, "arrived")],
        *[(f"d|tv|{start}|many".encode(), "tv")] * 4,
        *[(f"d|tv|{start + 40 * 24 * 3_600_000}|1".encode(), "tv")] * 3,
        *[(b"no event", "")] * 2,
        *[(b"\xff|tv|1|1", ""), (None, "")],
    ]
    set_topic(settings, {"message.timestamp.type": "CreateTime"})
    try:
        producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
        for value, _ in sent:
            producer.produce(settings.topic, value, timestamp=start + 1000)
        assert producer.flush(60) == 0
        reconciled.deployment.await_applied()
        assert reconciled.result_of(hour).verdict == "identical"
    finally:
        set_topic(settings, {"message.timestamp.type": "LogAppendTime"})

    rules = effective_rules(settings, log_append_time=True)  # as the driver found the topic
    arrived: Counter[tuple[str, str]] = Counter()
    for value, kind in sent:
        verdict = judge(value, start + 1000, rules)
        arrived[kind, "accepted" if isinstance(verdict, Event) else verdict.value] += 1
    kept = "SELECT device_type, verdict, records FROM arrivals_by_hour WHERE hour = %s"
    rows = reconciled.rows(kept, hour)
    assert {(row["device_type"], row["verdict"]): row["records"] for row in rows} == arrived
    shares = {
        (row["device_type"], row["reason"]): (row["rejected"], row["arrived"])
        for row in reconciled.rows("SELECT * FROM reject_shares WHERE hour = %s", hour)
    }
    rejected = {key: n for key, n in arrived.items() if key[1] != "accepted"}
    assert shares == {key: (n, len(sent)) for key, n in rejected.items()}
    counted: Counter[str] = Counter()
    for (_, reason), records in rejected.items():
        counted[reason] += records
    stream = reconciled.rows("SELECT reason, rejected FROM rejected_counts WHERE hour = %s", hour)
    assert {row["reason"]: row["rejected"] for row in stream} == counted
