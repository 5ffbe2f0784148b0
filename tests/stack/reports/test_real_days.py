"""Real clicks through Kafka, stream and reconciliation into bundles, and what moves them later."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest

from batch.due import HOUR
from batch.reconcile.runs import Ask as ReconcileAsk
from batch.restate.runs import RestateAsk
from clickledger.clock import to_epoch_ms
from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role
from reports.due import publish_days
from reports.publish import Ask, Published
from reports.verify import open_bundle
from reports.verify_against import against_archive, against_database
from tests.stack.batch.conftest import worker
from tests.stack.batch.reconciled import Reconciled
from tests.stack.batch.worker import Worker
from tests.stack.reports.reported import KOLKATA, judge, manifest
from tests.stack.reports.test_browser import browser, look
from tests.stack.running_stack import RunningStack
from tests.stack.stream.conftest import make_deployment
from tests.stack.stream.deployment import environment_of
from tests.unit.cli.invoking import invoke

__all__ = ["browser", "worker"]  # the session's batch process, as a fixture

pytestmark = pytest.mark.stack

REAL_CLICKS = CHECKOUT.parent / "shared" / "data" / "webtrackr" / "clicks.psv.gz"
ZONE = ZoneInfo(KOLKATA)
FIRST, SECOND = date(2019, 2, 28), date(2019, 3, 1)
OK, MOVED = ["ok"], ["moved"]
Counts: TypeAlias = "dict[tuple[str, ...], tuple[int, int]]"


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Two days of Kolkata out of the real file."""
    if not REAL_CLICKS.exists():
        pytest.skip("NO REAL CLICKS: the file is not beside this checkout")
    with gzip.open(REAL_CLICKS, "rb") as file:
        return [line.strip() for line in file if day_of(line) in (FIRST, SECOND)]


@pytest.fixture(scope="module")
def real(stack: RunningStack, worker: Worker, lines: list[bytes]) -> Iterator[Reconciled]:
    """A stream that has counted them, reconciled."""
    deployment = make_deployment(stack, "r_real_days", report_time_zone=KOLKATA)
    found = Reconciled(deployment, worker)
    found.start_stream()
    found.send(lines)
    assert found.reconcile().ok
    yield found
    deployment.close()


def day_of(line: bytes) -> date:
    return local_of(line).date()


def local_of(line: bytes) -> datetime:
    return datetime.fromtimestamp(int(line.split(b"|")[2]) // 1000, UTC).astimezone(ZONE)


def counted(lines: list[bytes], day: date) -> Counts:
    """Clicks and events by type and device, with nothing of ours."""
    clicks: Counter[tuple[str, ...]] = Counter()
    events: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        device, kind, _, count = line.decode().split("|")
        if day_of(line) == day:
            clicks[kind, device] += int(count)
            events[kind, device] += 1
    return {key: (clicks[key], events[key]) for key in events}


def published(real: Reconciled) -> dict[date, Published]:
    """Whatever was due."""
    with connected(real.settings, Role.BATCH) as connection:
        judge(connection)
        found = publish_days(connection, real.settings, None, Ask("tests"))
    return {each.day: each for each in found}


def assert_holds(found: Published, devices: Counts) -> None:
    assert found.folder is not None
    text = "SELECT device_type, device_id, clicks, events FROM read_parquet(?)"
    with duckdb.connect() as database:
        rows = database.execute(text, [str(found.folder / "devices-*.parquet")]).fetchall()
    assert {(kind, device): (c, e) for kind, device, c, e in rows} == devices
    assert found.totals == {
        "clicks": sum(clicks for clicks, _ in devices.values()),
        "events": sum(events for _, events in devices.values()),
        "devices": len(devices),
    }


def keyed(rows: Iterable[Sequence[str]]) -> Counts:
    """Clicks and events, which stand last, by what stands before them."""
    return {
        tuple(key): (int(clicks.replace(",", "")), int(events.replace(",", "")))
        for *key, clicks, events in rows
    }


def counted_by_type(lines: list[bytes]) -> Counts:
    return summed((line.decode().split("|")[1:2], line) for line in lines)


def counted_by_hour(lines: list[bytes]) -> Counts:
    return summed(([hour_on_the_clock(line), line.decode().split("|")[1]], line) for line in lines)


def hour_on_the_clock(line: bytes) -> str:
    return local_of(line).replace(minute=0, second=0).isoformat()


def summed(keyed_lines: Iterable[tuple[list[str], bytes]]) -> Counts:
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for key, line in keyed_lines:
        clicks, events = found.get(tuple(key), (0, 0))
        found[tuple(key)] = (clicks + int(line.rpartition(b"|")[2]), events + 1)
    return found


def moved_devices(found: Published) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Of ``changes.csv``: clicks before and after, events before and after."""
    assert found.folder is not None
    read = pd.read_csv(found.folder / "changes.csv", dtype=str, keep_default_na=False)
    rows = read[read["table"] == "devices"]
    names = ["clicks_before", "clicks_after", "events_before", "events_after"]
    return {
        (row["device_type"], row["device_id"], row["why"]): tuple(int(row[name]) for name in names)
        for row in rows.to_dict("records")
    }


def looked_at(real: Reconciled, found: Published, version: int) -> list[list[str]]:
    """What the database and the raw events say of a version."""
    assert found.folder is not None
    bundle = open_bundle(found.folder.parent / f"v{version}")
    with connected(real.settings, Role.READER) as connection:
        database = [check.status.value for check in against_database(connection, bundle)]
        archive = against_archive(
            connection, bundle, lambda cuts: real.worker.recount(real.settings, cuts).result(120)
        )
        return [database, [check.status.value for check in archive]]


def test_days_equal_an_independent_count_and_versions_follow_what_moves_them(
    real: Reconciled, lines: list[bytes]
) -> None:
    first = published(real)
    for day in (FIRST, SECOND):
        assert_holds(first[day], counted(lines, day))
    assert looked_at(real, first[FIRST], 1) == [["ok", "ok"], OK]
    own = manifest(first[SECOND].folder)["clickledger"]
    assert own["comparedWith"]["the day before"] == {"day": str(FIRST), "version": 1}
    assert own["rules"] == [1]
    assert own["releases"] != []

    # A row that somebody changed is put right before it is published: nothing moves.
    hour = datetime(2019, 3, 1, 13)  # noqa: DTZ001
    real.harm(
        "UPDATE clicks_by_minute SET clicks = clicks + 7 WHERE minute >= %s AND minute < %s",
        hour,
        hour + HOUR,
    )
    real.reopen(hour)
    ask = ReconcileAsk("tests", "a test", hour, hour + HOUR, approved=True)
    assert real.result_of(hour, ask).verdict == "corrected"
    assert {day: each.outcome for day, each in published(real).items()} == {SECOND: "unchanged"}

    # A late event moves its day, and no other.
    late = b"late|mobile|%d|5" % to_epoch_ms(datetime(2019, 2, 28, 12))  # noqa: DTZ001
    real.send([late])
    held = published(real)[FIRST]
    assert (held.outcome, held.version) == ("held", 1)
    assert real.reconcile().ok
    again = published(real)
    assert {day: (each.outcome, each.version) for day, each in again.items()} == {
        FIRST: ("published", 2)
    }
    assert_holds(again[FIRST], counted([*lines, late], FIRST))
    assert again[FIRST].why == ["moved since v1: late events"]
    assert looked_at(real, again[FIRST], 1) == [["ok", "moved"], OK]
    assert looked_at(real, again[FIRST], 2) == [["ok", "ok"], OK]

    # A restatement: under these rules the hour's events came too late to count.
    strict = real.settings.model_copy(update={"max_age": timedelta(days=20)})
    asked = RestateAsk(hour, hour + HOUR, "tests", "a test", approved=True)
    assert real.worker.restate(strict, asked).result(120).ok
    assert real.reconcile().ok
    restated = published(real)
    assert {day: (each.outcome, each.version) for day, each in restated.items()} == {
        SECOND: ("published", 2)
    }
    assert restated[SECOND].why == ["moved since v1: correction: rules"]
    left = [line for line in lines if not hour <= moment_of(line) < hour + HOUR]
    assert_holds(restated[SECOND], counted(left, SECOND))
    before, after = counted(lines, SECOND), counted(left, SECOND)
    expected = {
        (*key, "correction: rules"): (was[0], now[0], was[1], now[1])
        for key, was in before.items()
        if (now := after.get(key, (0, 0))) != was
    }
    assert moved_devices(restated[SECOND]) == expected
    page = (restated[SECOND].folder or Path()) / "report.html"
    assert "<h2>What moved since version 1</h2>" in page.read_text(encoding="utf-8")
    assert looked_at(real, restated[SECOND], 1) == [["ok", "moved"], MOVED]


def first_version(real: Reconciled) -> Path:
    return real.settings.exports / "clicks" / f"date={FIRST}" / "v1"


def of_first(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if day_of(line) == FIRST]


def test_two_readers_of_csv_find_what_was_counted(real: Reconciled, lines: list[bytes]) -> None:
    """Types, hours and devices of the first version."""
    published(real)
    folder, own = first_version(real), of_first(lines)
    tables = {
        "types": (["device_type"], counted_by_type(own)),
        "hours": (["local_hour", "device_type"], counted_by_hour(own)),
        "devices-0001": (["device_type", "device_id"], counted(own, FIRST)),
    }
    for table, (names, expected) in tables.items():
        text = f"SELECT {', '.join(names)}, clicks, events FROM read_csv(?, all_varchar = true)"
        with duckdb.connect() as database:
            rows = database.execute(text, [str(folder / f"{table}.csv")]).fetchall()
        assert keyed(rows) == expected
        read = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
        assert keyed(read[[*names, "clicks", "events"]].to_numpy().tolist()) == expected


def test_libreoffice_shows_what_was_counted(
    real: Reconciled, lines: list[bytes], tmp_path: Path
) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("NO LIBREOFFICE: what a spreadsheet makes of a real day was not looked at")
    published(real)
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", every_sheet, "--outdir", str(tmp_path),
         str(first_version(real) / "report.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    own = of_first(lines)
    for sheet, names, expected in (
        ("types", ["device_type"], counted_by_type(own)),
        ("top_devices", ["device_type", "device_id"], counted(own, FIRST)),  # fewer than a top
    ):
        read = pd.read_csv(tmp_path / f"report-{sheet}.csv", dtype=str, keep_default_na=False)
        assert keyed(read[[*names, "clicks", "events"]].to_numpy().tolist()) == expected


def test_a_browser_shows_what_was_counted(
    real: Reconciled, lines: list[bytes], tmp_path: Path, browser: str
) -> None:
    published(real)
    dom, _ = look(browser, first_version(real) / "report.html", tmp_path / "p", "--dump-dom")
    types = counted_by_type(of_first(lines))
    devices = len(counted(lines, FIRST))
    totals = (sum(n for n, _ in types.values()), sum(n for _, n in types.values()), devices)
    assert re.findall(r'<div class="big">([0-9,]+)</div>', dom)[:3] == [f"{n:,}" for n in totals]
    rows = re.findall(
        r'<td><bdi>([^<]*)</bdi></td><td class="n">([\d,]+)</td><td class="n">([\d,]+)</td>'
        r'<td class="n">[\d,]+</td><td class="n">[\d,]+</td><td',
        re.sub(r"\n", "", dom),
    )
    assert keyed(rows) == types


def test_the_command_verifies_a_real_day(
    real: Reconciled, lines: list[bytes], tmp_path: Path
) -> None:
    """In a process of its own, as an auditor would; then with a byte of one file changed."""
    published(real)
    folder = real.settings.exports / "clicks" / f"date={FIRST}" / "latest"
    against = ("--against-database", "--against-archive")
    code, out, err = verified(real, folder, *against)
    assert code == ExitCode.OK, err
    checks = {each["name"]: each["status"] for each in json.loads(out)["checks"]}
    assert list(checks)[-3:] == ["exports", "database", "archive"]
    assert set(checks.values()) == {"ok"}
    damaged = shutil.copytree(folder, tmp_path / "v1")
    path = damaged / "hours.parquet"
    before = path.read_bytes()
    path.write_bytes(before[:99] + bytes([before[99] ^ 1]) + before[100:])
    code, out, err = verified(real, damaged)
    assert code == ExitCode.NOT_VERIFIED
    (hashes,) = (each for each in json.loads(out)["checks"] if each["name"] == "hashes")
    assert hashes["status"] == "failed"
    assert hashes["detail"] == "hours.parquet is not the file that was published"
    assert "hashes" in err


def verified(real: Reconciled, folder: Path, *options: str) -> tuple[int, str, str]:
    return invoke("verify", str(folder), *options, "--json", env=environment_of(real.settings))


def moment_of(line: bytes) -> datetime:
    return datetime.fromtimestamp(int(line.split(b"|")[2]) / 1000, UTC).replace(tzinfo=None)
