"""What is old enough is listed, then deleted; what remains says the same, and proves as much."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from batch.due import HOUR
from batch.maintenance.items import Kind, Work
from batch.maintenance.minutes import MinuteRows
from batch.maintenance.runs import Listed, delete_listed, list_items
from clickledger.clock import to_epoch_ms, utc_now
from clickledger.errors import OperationRefusedError
from clickledger.failpoints import VARIABLE
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role, Settings
from lifecycle.unarchived import warning
from tests.awaiting import await_that
from tests.stack.batch.reconciled import Reconciled
from tests.stack.stream.deployment import environment_of

pytestmark = pytest.mark.stack

NOW = utc_now().replace(minute=0, second=0, microsecond=0)
DAY = NOW.replace(hour=0) - timedelta(days=40)
MAX_AGE = timedelta(days=20)
AT_ONCE = {name: timedelta(0) for name in ("keep_minutes", "keep_archive", "keep_ranges")}
BATCHES = 4
VIEWS = ("hourly_clicks", "hourly_totals", "daily_clicks", "daily_totals", "devices")


def events(hour: Any, count: int, device: str = "d") -> Iterator[bytes]:
    start = to_epoch_ms(hour)
    for n in range(count):
        yield f"{device}{n % 7}|mobile|{start + n * 60_000}|{n % 5}".encode()


@pytest.fixture(scope="module", autouse=True)
def a_final_day(reconciled: Reconciled) -> None:
    """Two hours with events, all 24 reconciled; since then events may be 20 days old at most."""
    for n in range(BATCHES):
        reconciled.send([*events(DAY, 30, f"a{n}"), *events(DAY + 5 * HOUR, 20), b"garbage"])
    assert reconciled.reconcile().ok
    reconciled.deployment.rest()
    reconciled.deployment.driver(max_age="P20D").await_running()
    reconciled.send(events(NOW - 3 * HOUR, 5))


@pytest.fixture(scope="module")
def eager(reconciled: Reconciled) -> Settings:
    """Settings by which everything may go at once."""
    return reconciled.settings.model_copy(update={"max_age": MAX_AGE, **AT_ONCE})


def kinds(listed: Listed) -> list[Kind]:
    return sorted({item.kind for item in listed.items}, key=list(Kind).index)


def kill_after_an_item(settings: Settings, listed: Listed, folder: Path) -> None:
    """SIGKILL where the first item is gone and nobody has written that down."""
    marker = folder / "item_deleted"
    killed = subprocess.Popen(
        [sys.executable, "-m", "cli", "maintenance", "--list", listed.run],
        cwd=CHECKOUT,
        env=environment_of(settings) | {VARIABLE: f"{marker.name}:{folder}"},
    )
    await_that(lambda: marker.exists() or killed.poll() is not None, "an item is deleted")
    killed.kill()
    assert killed.wait() == -signal.SIGKILL


def test_nothing_goes_by_default(reconciled: Reconciled) -> None:
    assert list_items(reconciled.settings, "tests") == Listed("", [])
    with connected(reconciled.settings, Role.READER) as connection:
        assert warning(connection, reconciled.settings) == ""


def test_an_open_gap_keeps_the_days_that_it_may_belong_to(
    reconciled: Reconciled, eager: Settings
) -> None:
    reconciled.harm(
        "INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset, rules_version,"
        " arrived_before_ms, accepted_at, accepted_by, reason)"
        " VALUES (%s, 0, 0, 1, 1, 0, UTC_TIMESTAMP(3), 'tests', 'a test')",
        eager.topic,
    )
    assert Kind.MINUTES not in kinds(list_items(eager, "tests"))
    reconciled.harm("DELETE FROM ledger_gaps")
    late = eager.model_copy(update={"max_age": timedelta(days=40)})
    assert Kind.MINUTES not in kinds(list_items(late, "tests"))


def test_a_day_that_is_not_final_any_more_is_kept(reconciled: Reconciled, eager: Settings) -> None:
    """An hour was marked anew since it was listed, and its day is not built again yet."""
    reconciled.harm("UPDATE built_days SET hours_version = hours_version - 1")
    with connected(eager, Role.BATCH) as connection:
        why = MinuteRows().delete(Work(connection, eager, utc_now(), "a run"), str(DAY.date()))
    reconciled.harm("UPDATE built_days SET hours_version = hours_version + 1")
    assert "not final" in why
    assert {reconciled.state(DAY + n * HOUR) for n in range(24)} == {"reconciled"}


def test_what_the_list_names_goes_and_the_figures_stay(
    reconciled: Reconciled, eager: Settings, tmp_path: Path
) -> None:
    before = served(reconciled)
    ranges = reconciled.rows("SELECT * FROM stream_batches")
    listed = list_items(eager, "tests")
    assert kinds(listed) == [Kind.MINUTES, Kind.RANGES]
    assert [item.name for item in listed.items if item.kind is Kind.MINUTES] == [str(DAY.date())]
    assert served(reconciled) == before  # listing deletes nothing

    kill_after_an_item(eager, listed, tmp_path)
    done = delete_listed(eager, listed.run)
    assert {ended.why for ended in done if ended.item.kind is Kind.RANGES} == {""}
    assert delete_listed(eager, listed.run) == []

    assert served(reconciled) == before
    assert (
        reconciled.rows("SELECT * FROM clicks_by_minute WHERE minute < %s", DAY + 24 * HOUR) == []
    )
    assert {reconciled.state(DAY + n * HOUR) for n in range(24)} == {"sealed"}
    folded = reconciled.rows("SELECT * FROM stream_batches")
    assert len(folded) < len(ranges)
    for name in ("records_read", "holes", "accepted", "rejected", "clicks"):
        assert sum(row[name] for row in folded) == sum(row[name] for row in ranges)
    reconciled.assert_books_balance()
    with pytest.raises(OperationRefusedError, match="24 of these hours are sealed"):
        reconciled.restate(DAY, DAY + 24 * HOUR)


def test_the_archive_of_sealed_hours_goes(reconciled: Reconciled, eager: Settings) -> None:
    sealed = reconciled.rows("SELECT path FROM archive_files")
    # Their records arrived just now, in hours that are not sealed: what arrived then is measured.
    assert list_items(eager, "tests") == Listed("", [])
    arrived = to_epoch_ms(DAY)
    reconciled.harm(
        "UPDATE archive_segments SET kafka_time_min_ms = %s, kafka_time_max_ms = %s",
        arrived,
        arrived,
    )
    listed = list_items(eager, "tests")
    assert kinds(listed) == [Kind.ARCHIVE]
    delete_listed(eager, listed.run)
    assert reconciled.rows("SELECT path FROM archive_files") == []
    assert not any((Path(eager.archive) / row["path"]).exists() for row in sealed)
    # What is left is reconciled as before, and a late event of a day that is not sealed too.
    reconciled.send(events(NOW - 3 * HOUR, 2, "late"))
    assert {found.verdict for found in reconciled.reconcile().results} == {"identical"}
    reconciled.assert_books_balance()


def test_what_processes_left_in_the_home_goes_by_age(
    reconciled: Reconciled, eager: Settings
) -> None:
    home = eager.home
    old = (utc_now() - timedelta(days=100)).timestamp()
    wanted = {
        (Kind.LITTER, f"{eager.topic}/0/{0:020d}-left-by-an-attempt"): Path(eager.archive),
        (Kind.CHECKPOINTS, "b6f6e0f4-2f3c-4a26-a0a9-7f7d1a9b5a01"): home / "generations",
        (Kind.CHECKPOINTS, "b6f6e0f4-2f3c-4a26-a0a9-7f7d1a9b5a02"): home / "ended-generations",
        (Kind.LOGS, "logs/driver.log.3"): home,
    }
    for (_, name), root in wanted.items():
        path = root / name / "file" if "log" not in name else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"twelve bytes")
        for each in (path, path.parent):
            os.utime(each, (old, old))
    at_once = eager.model_copy(update={"keep_checkpoints": timedelta(0)})
    running = reconciled.rows("SELECT generation FROM stream_state")[0]["generation"]
    assert running not in {item.name for item in list_items(at_once, "tests").items}

    listed = list_items(reconciled.settings, "tests")
    assert {(item.kind, item.name): item.amount for item in listed.items} == dict.fromkeys(
        wanted, 12
    )
    ended = delete_listed(reconciled.settings, listed.run)
    assert {each.why for each in ended} == {""}
    assert not any((root / name).exists() for (_, name), root in wanted.items())


def test_of_ended_checkpoints_the_oldest_go_that_are_too_many(reconciled: Reconciled) -> None:
    settings = reconciled.settings.model_copy(update={"most_checkpoints": 1})
    ended = settings.home / "ended-generations"
    now = time.time()
    for age, name in enumerate(("newest", "middle", "oldest")):
        (ended / name).mkdir(parents=True)
        os.utime(ended / name, (now - age, now - age))
    listed = list_items(settings, "tests")
    gone = [item.name for item in listed.items if item.kind is Kind.CHECKPOINTS]
    for folder in ended.iterdir():
        folder.rmdir()
    assert gone == ["middle", "oldest"]


def served(reconciled: Reconciled) -> dict[str, list[dict[str, Any]]]:
    """What the views serve of hours that are over and days that are final, without the side."""
    found = {}
    for view in VIEWS:
        rows = reconciled.rows(f"SELECT * FROM {view}")
        found[view] = sorted(
            ({name: row[name] for name in row if name != "source"} for row in rows), key=str
        )
    return found
