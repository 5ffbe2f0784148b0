"""Offsets that Kafka lost: accepted by name, shown by every audit, brought back once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka import TopicPartition

from batch.backfill.records import SCHEMA
from batch.backfill.runs import BackfillPlan, gap_at, plan_backfill
from batch.due import HOUR
from batch.reconcile.runs import Ask
from batch.trace.from_offset import Fate, trace_offset
from cli.main import run
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import ExitCode, OperationInProgressError, UsageError
from clickledger.kafka.topic_log import TopicLog
from clickledger.kafka.topics import admin_client
from clickledger.ledger.audit import run_audit
from clickledger.ledger.positions import OffsetRange
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from lifecycle import verbs
from lifecycle.accept_gap import accept_gap, lost_ranges
from lifecycle.operations import Actor, Outcome, Request, perform
from tests.stack.batch.reconciled import BY_TESTS, Reconciled
from tests.stack.stream.truth import Minute

pytestmark = pytest.mark.stack

DAY = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
LOST, BEFORE = 90, 40
GARBAGE = 5


def events(device: str, count: int, hours: int = 3) -> Iterator[bytes]:
    """Good events of the first minutes of some hours, each of another device."""
    for n in range(count):
        start = to_epoch_ms(DAY + n % hours * HOUR)
        yield f"{device}{n}|mobile|{start + n % 2 * 60_000}|{n % 5}".encode()


def lost_values() -> list[bytes]:
    return [*events("lost", LOST - GARBAGE), *[b"no event"] * GARBAGE]


def lost_minutes() -> dict[Minute, tuple[int, int]]:
    """What the lost events are in the figures."""
    return {
        (DAY + n % 3 * HOUR + n % 2 * timedelta(minutes=1), "mobile", f"lost{n}"): (n % 5, 1)
        for n in range(LOST - GARBAGE)
    }


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody else keeps raw records as we do."""
    return tmp_path_factory.mktemp("mirror")


def keep(reconciled: Reconciled, span: OffsetRange, folder: Path) -> None:
    """While Kafka has them."""
    with TopicLog(reconciled.settings) as log:
        rows = [
            (
                *(log.topic, span.partition, each.offset),
                *(each.timestamp * 1000, each.timestamp_type, each.key, each.value),
            )
            for each in log.records(span)
        ]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)]
    pq.write_table(pa.table(arrays, schema=SCHEMA), folder / "part.parquet")


@pytest.fixture(scope="module")
def span(reconciled: Reconciled, mirror: Path) -> OffsetRange:
    """A gap in partition 0 that was accepted; the stream has gone on behind it."""
    reconciled.deployment.send(events("early", BEFORE), partition=0)
    reconciled.deployment.await_applied()
    assert reconciled.reconcile().ok
    reconciled.deployment.rest()
    start = reconciled.deployment.applied()[0]
    reconciled.deployment.send(lost_values(), partition=0)
    lost = OffsetRange(0, start, start + LOST)
    keep(reconciled, lost, mirror)
    settings = reconciled.settings
    with admin_client(settings) as admin:
        admin.delete_records({TopicPartition(settings.topic, 0): lost.end})
    assert lost_ranges(settings) == [lost]
    for n, wrong in enumerate(
        (OffsetRange(0, start, lost.end - 1), OffsetRange(1, start, lost.end))
    ):
        refused, _ = accept_gap(settings, ask(f"wrong{n}"), wrong)
        assert (refused.state, refused.exit_code) == ("refused", ExitCode.OPERATION_REFUSED)
        assert re.search(rf"Not .* but partition 0 \[{start:,}", refused.lines[0])
    with another_at_work(settings), pytest.raises(OperationInProgressError, match="'another'"):
        accept_gap(settings, ask("too early"), lost)
    accepted, done_now = accept_gap(settings, ask("gap"), lost)
    assert (accepted.state, done_now) == ("done", True)
    with connected(settings, Role.READER) as connection:
        epoch = fetch_one(connection, statement("stream/read_fence"))
        assert accept_gap(settings, ask("gap"), lost) == (accepted, False)
        # Of an actor that died after its transaction: done, and nothing is taken again.
        assert accept_gap(settings, ask("again"), lost) == (accepted, True)
        assert fetch_one(connection, statement("stream/read_fence")) == epoch
    reconciled.start_stream()
    reconciled.deployment.send(events("late", BEFORE), partition=0)
    reconciled.deployment.await_applied()
    return lost


def ask(token: str) -> verbs.Ask:
    """A person's word."""
    return verbs.Ask(token=token, reason="a test", by="tests")


@contextmanager
def another_at_work(settings: Settings) -> Iterator[None]:
    """Another operation holds the lock while the block runs."""
    begun, ended = threading.Event(), threading.Event()

    def work(actor: Actor) -> Outcome:
        begun.set()
        ended.wait(60)
        return Outcome("done")

    request = Request(token="another", action="restart", reason="a test", by="tests")
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(perform, settings, request, work)
        assert begun.wait(60)
        try:
            yield
        finally:
            ended.set()
        other.result()


def plan(reconciled: Reconciled, span: OffsetRange, file: Path, *, fewer: bool) -> BackfillPlan:
    with connected(reconciled.settings, Role.READER) as connection:
        gap = gap_at(connection, reconciled.settings.topic, span.partition, span.start)
    return plan_backfill(reconciled.settings, gap, file, fewer=fewer)


def fate(reconciled: Reconciled, offset: int) -> Fate:
    with (
        connected(reconciled.settings, Role.READER) as connection,
        TopicLog(reconciled.settings) as log,
    ):
        return trace_offset(connection, reconciled.settings, log, 0, offset).fate


def test_the_books_name_what_is_lost(reconciled: Reconciled, span: OffsetRange) -> None:
    with connected(reconciled.settings, Role.READER) as connection:
        report = run_audit(connection)
    assert report.ok, report.as_dict()
    assert [(gap["start_offset"], gap["end_offset"]) for gap in report.open_gaps] == [
        (span.start, span.end)
    ]
    assert {found.verdict for found in reconciled.reconcile().results} == {"identical"}
    assert fate(reconciled, span.start) == Fate.LOST
    assert not lost_minutes().keys() & reconciled.minutes().keys()


def test_a_file_that_does_not_fit_is_refused(
    reconciled: Reconciled, span: OffsetRange, tmp_path: Path
) -> None:
    values, books = lost_values(), reconciled.deployment.dump()
    del books["stream_state"]  # the driver's heartbeat
    for name, lines, said in (
        ("more", [*values, b"one more"], "has more lines than that"),
        ("fewer", values[:-1], "fills 89 of them"),
        ("none", [], "has no line"),
    ):
        file = tmp_path / name
        file.write_bytes(b"".join(line + b"\n" for line in lines))
        with pytest.raises(UsageError, match=said):
            plan(reconciled, span, file, fewer=False)
    with pytest.raises(UsageError, match="has no record of"):
        plan(reconciled, span, Path(reconciled.settings.archive), fewer=True)
    assert books.items() <= reconciled.deployment.dump().items()


def test_it_is_shown_and_waits_for_a_persons_word(
    reconciled: Reconciled,
    span: OffsetRange,
    mirror: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    books = reconciled.rows("SELECT * FROM ledger_gaps")
    for name, value in reconciled.deployment.environment.items():
        monkeypatch.setenv(name, value)
    words = ["backfill", "--gap", f"0:{span.start}", "--file", str(mirror), "--reason", "w"]
    assert run([*words, "--dry-run", "--json"]) == ExitCode.OK
    shown = json.loads(capsys.readouterr().out)
    assert (shown["closed"], shown["records"], shown["rejected"]) == (False, LOST, GARBAGE)
    assert sum(row["events"] for row in shown["hours"]) == LOST - GARBAGE
    assert run(words) == ExitCode.OPERATION_REFUSED
    assert run([*words, "--dry-run", "--approve"]) == ExitCode.USAGE
    assert reconciled.rows("SELECT * FROM ledger_gaps") == books


def test_a_gap_is_closed_once_whoever_is_killed(
    reconciled: Reconciled, span: OffsetRange, mirror: Path, tmp_path: Path
) -> None:
    file, before = tmp_path / "lost", reconciled.minutes()
    file.write_bytes(b"".join(line + b"\n" for line in lost_values()))
    wanted = plan(reconciled, span, mirror, fewer=False)
    assert (wanted.accepted, wanted.rejected) == (
        LOST - GARBAGE,
        {"wrong_field_count": GARBAGE},
    )
    assert wanted.counts() == plan(reconciled, span, file, fewer=False).counts()
    killed = reconciled.worker.backfill(reconciled.settings, wanted, "gap_closed")
    reconciled.worker.await_failpoint(killed)
    reconciled.worker.kill()
    assert reconciled.minutes() == before
    reconciled.assert_books_balance()

    closed, report = reconciled.worker.backfill(reconciled.settings, wanted).result(120)
    assert not closed  # by the one that was killed
    assert [(found.verdict, found.cause) for found in report.results] == [
        ("corrected", "ledger gap closed")
    ] * 3
    assert reconciled.minutes() == before | lost_minutes()
    reconciled.assert_books_balance()
    assert fate(reconciled, span.start) == Fate.COUNTED
    assert fate(reconciled, span.end - 1) == Fate.REJECTED

    assert not reconciled.worker.backfill(reconciled.settings, wanted).result(120)[0]
    assert reconciled.minutes() == before | lost_minutes()


def test_what_was_brought_back_is_in_every_later_recount(
    reconciled: Reconciled, span: OffsetRange
) -> None:
    reconciled.send(events("later", 9))
    assert {found.verdict for found in reconciled.reconcile().results} == {"identical"}

    newest = "SELECT run FROM corrections ORDER BY id DESC LIMIT 1"
    reconciled.undo(reconciled.rows(newest)[0]["run"])
    assert not lost_minutes().keys() & reconciled.minutes().keys()
    # A row that a hand has changed as well: each part of the difference gets its own cause.
    row = ("mobile", "lost0", DAY)
    text = "INSERT INTO clicks_by_minute (device_type, device_id, minute, clicks, events)"
    reconciled.harm(f"{text} VALUES (%s, %s, %s, 7, 3)", *row)
    for n in range(3):
        reconciled.release(DAY + n * HOUR)
    approved = Ask(BY_TESTS.by, BY_TESTS.reason, approved=True)
    assert {found.verdict for found in reconciled.reconcile(approved).results} == {"corrected"}
    kept = "SELECT cause, clicks_delta, events_delta FROM corrections"
    assert reconciled.rows(
        f"{kept} WHERE device_id = 'lost0' AND undone_by IS NULL ORDER BY id DESC LIMIT 2"
    ) == [
        {"cause": "manual change", "clicks_delta": -7, "events_delta": -3},
        {"cause": "ledger gap closed", "clicks_delta": 0, "events_delta": 1},
    ]
    assert lost_minutes().items() <= reconciled.minutes().items()
    reconciled.assert_books_balance()


def test_what_was_brought_back_is_told_apart_when_rules_change(
    reconciled: Reconciled, span: OffsetRange
) -> None:
    """Too old by the rules of a while: then nothing of it is owed, and nothing of it stands."""
    before, end = reconciled.minutes(), DAY + 3 * HOUR
    strict = reconciled.restate(DAY, end, max_age=timedelta(days=20))
    assert {(found.verdict, found.cause) for found in strict.results} == {("restated", "rules")}
    assert not {key for key in reconciled.minutes() if DAY <= key[0] < end}
    text = (
        "SELECT cause, SUM(events_delta) AS events FROM corrections WHERE run = %s GROUP BY cause"
    )
    moved = {row["cause"]: row["events"] for row in reconciled.rows(text, strict.run)}
    lost = sum(counts[1] for key, counts in before.items() if key[2].startswith("lost"))
    assert moved == {"ledger gap closed": -lost, "rules": lost - sum(n for _, n in before.values())}
    reconciled.assert_books_balance()

    row = ("mobile", "lost0", DAY)
    insert = "INSERT INTO clicks_by_minute (device_type, device_id, minute, clicks, events)"
    reconciled.harm(f"{insert} VALUES (%s, %s, %s, 7, 3)", *row)
    (found,) = reconciled.reconcile(
        Ask(BY_TESTS.by, BY_TESTS.reason, DAY, DAY + HOUR, approved=True)
    ).results
    assert (found.verdict, found.cause) == ("corrected", "manual change")
    reconciled.assert_books_balance()

    assert reconciled.restate(DAY, end).ok
    assert reconciled.minutes() == before
    reconciled.assert_books_balance()
