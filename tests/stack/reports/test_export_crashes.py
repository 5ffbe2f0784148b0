"""Killed at any moment, or out of room: never half a bundle, and the next run completes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from clickledger.failpoints import VARIABLE
from clickledger.settings import CHECKOUT
from reports.checks import Status
from reports.verify import open_bundle, verify
from tests.awaiting import await_that
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import DAY, Reported, contents, manifest
from tests.stack.stream.deployment import environment_of

pytestmark = pytest.mark.stack

COMMAND = [sys.executable, "-c", "from cli.main import main; main()", "export", "--day", str(DAY)]
POINTS = ("day_read", "tables_written", "before_manifest", "before_publication", "published")


def start(reported: Reported, failpoint: str = "") -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    environment = environment_of(reported.settings)
    if failpoint:
        environment[VARIABLE] = failpoint
    return subprocess.Popen(
        COMMAND, env=environment, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True
    )


def assert_whole(reported: Reported) -> list[int]:
    """Whatever stands there is whole; the versions."""
    day = reported.settings.exports / "clicks" / f"date={DAY}"
    folders = sorted(day.glob("v*"))
    for folder in folders:
        assert {check.status for check in verify(open_bundle(folder))} == {Status.OK}
    return [int(folder.name[1:]) for folder in folders]


def move(reported: Reported, clicks: int) -> None:
    """One more event, so that there is something to publish."""
    reported.add(Row(reported.bounds().starts_at, "mobile", f"extra-{clicks}", clicks, 1))
    reported.reconcile()


def await_bundle(reported: Reported, process: subprocess.Popen[str]) -> None:
    """Until it has begun to make one."""
    making = reported.settings.exports / ".making"
    await_that(lambda: making.exists() or process.poll() is not None, "the bundle's beginning")


def survive(reported: Reported, times: int, seed: int) -> None:
    rng = random.Random(seed)
    for n in range(times):
        move(reported, n)
        process = start(reported)
        await_bundle(reported, process)
        time.sleep(rng.random() * 0.5)  # the moment is what is random here
        process.kill()
        process.communicate()
        assert_whole(reported)
    done = reported.publish()
    assert done.folder is not None
    assert assert_whole(reported)[-1] == done.version
    rows = reported.ask("SELECT version FROM exports WHERE day = %s ORDER BY version", DAY)
    assert [row["version"] for row in rows] == assert_whole(reported)
    assert not (reported.settings.exports / ".making").exists()
    assert (done.folder.parent / "latest").readlink() == Path(f"v{done.version}")


def test_killed_at_random_moments(reported: Reported, seed: int) -> None:
    survive(reported, 5, seed)


@pytest.mark.long
def test_killed_at_many_random_moments(reported: Reported, seed: int) -> None:
    survive(reported, 50, seed)


def test_a_bundle_is_of_one_moment(reported: Reported, tmp_path: Path) -> None:
    """An event that is counted and built while the day is read is not in it, anywhere."""
    before = reported.true_devices()
    process = start(reported, f"day_read:{tmp_path}")
    await_that((tmp_path / "day_read").exists, "types and hours are read")
    move(reported, 7)
    (tmp_path / "day_read").unlink()
    assert process.wait(60) == 0
    process.communicate()
    assert assert_whole(reported) == [1]
    folder = reported.settings.exports / "clicks" / f"date={DAY}" / "v1"
    totals = manifest(folder)["clickledger"]["controlTotals"]
    assert totals == {
        "clicks": sum(row[2] for row in before),
        "events": sum(row[3] for row in before),
        "devices": len(before),
    }
    assert reported.publish().version == 2


def test_latest_is_never_behind_its_row(reported: Reported, tmp_path: Path) -> None:
    """A version that is written down is not due: nobody would look at its day again."""
    reported.publish()
    move(reported, 1)
    process = start(reported, f"export_recorded:{tmp_path}")
    await_that((tmp_path / "export_recorded").exists, "the row")
    process.kill()
    process.communicate()
    assert [row["version"] for row in reported.ask("SELECT version FROM exports")] == [1, 2]
    latest = reported.settings.exports / "clicks" / f"date={DAY}" / "latest"
    assert latest.readlink() == Path("v2")


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_step(reported: Reported, point: str, tmp_path: Path) -> None:
    process = start(reported, f"{point}:{tmp_path}")
    await_that((tmp_path / point).exists, point)
    process.kill()
    process.communicate()
    assert assert_whole(reported) == ([1] if point == "published" else [])
    found = reported.publish()
    assert (found.version, found.outcome) == (
        1,
        "unchanged" if point == "published" else "published",
    )
    assert [row["version"] for row in reported.ask("SELECT version FROM exports")] == [1]


SMALL_FILES = ["bash", "-c", 'ulimit -f 16; exec "$@"', "-"]  # KiB
MOUNT = 'mkdir -p "$0" && mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"'
OWN_MOUNTS = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT]


def small_disk(workshop: Path) -> list[str]:
    """Runs a command for which this folder is a disk of its own."""
    prefix = [*OWN_MOUNTS, str(workshop)]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"NO MOUNTS OF ITS OWN: no disk was really full: {tried.stderr.strip()}")
    return prefix


@pytest.mark.parametrize("limit", ["file", "disk"])
def test_a_full_disk_is_said_and_changes_nothing(reported: Reported, limit: str) -> None:
    first = contents(reported.publish().folder)
    move(reported, 1)
    workshop = reported.settings.exports / ".making"
    prefix = SMALL_FILES if limit == "file" else small_disk(workshop)
    done = subprocess.run(
        [*prefix, *COMMAND],
        env=environment_of(reported.settings),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.NOT_PUBLISHED, done.stderr
    assert "There is no room" in done.stderr
    assert "Traceback" not in done.stderr
    assert assert_whole(reported) == [1]
    assert contents(reported.settings.exports / "clicks" / f"date={DAY}" / "v1") == first
    assert reported.publish().version == 2
