"""Each final version reaches people and places once, whoever asks and whatever else goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from clickledger.errors import NotPublishedError
from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings
from reports.deliver import MOST_ATTACHED, claim_mail, copy_out, unannounced
from reports.registry import Export
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import DAY, ONE_DAY, Reported

pytestmark = pytest.mark.stack


class OddFileSystem(LocalFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """Takes a folder's files; ``refused`` names days it chokes on, ``held`` makes it wait."""

    protocol = "odd"
    refused: str | None = None
    reached, held = threading.Event(), threading.Event()
    put: list[str] = []  # noqa: RUF012 - of the class, on purpose

    def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
        if self.refused and self.refused in rpath:
            raise RuntimeError("as the clients of object stores do")
        self.reached.set()
        assert self.held.wait(60)
        self.put.append(rpath)
        super().put_file(lpath, rpath, **options)


@pytest.fixture
def odd(reported: Reported, tmp_path: Path) -> Iterator[Settings]:
    """A deployment that delivers to such a file system."""
    fsspec.register_implementation("odd", OddFileSystem, clobber=True)
    OddFileSystem.refused, OddFileSystem.put = None, []
    OddFileSystem.reached.clear()
    OddFileSystem.held.set()
    yield reported.settings.model_copy(update={"delivery_url": f"odd://{tmp_path}/out"})
    OddFileSystem.held.set()


def copied(settings: Settings) -> list[Export]:
    with connected(settings, Role.BATCH) as connection:
        return copy_out(connection, settings)


def test_a_version_that_is_not_taken_keeps_no_other_back(reported: Reported, odd: Settings) -> None:
    for day in (DAY, DAY + ONE_DAY):
        reported.publish(day)
    OddFileSystem.refused = str(DAY)
    with pytest.raises(NotPublishedError, match=rf"1 versions, the first clicks/date={DAY}/v1 \(R"):
        copied(odd)
    arrived = reported.ask("SELECT day FROM export_deliveries WHERE delivered_at IS NOT NULL")
    assert arrived == [{"day": DAY + ONE_DAY}]
    OddFileSystem.refused = None
    assert [each.day for each in copied(odd)] == [DAY]


def test_two_that_ask_at_once_copy_once(reported: Reported, odd: Settings) -> None:
    folder = reported.publish().folder
    assert folder is not None
    OddFileSystem.held.clear()
    with ThreadPoolExecutor(2) as both:
        first = both.submit(copied, odd)
        assert OddFileSystem.reached.wait(30)
        second = both.submit(copied, odd)
        with pytest.raises(TimeoutError):  # it waits for the first
            second.result(timeout=1)
        OddFileSystem.held.set()
        assert [[each.day for each in done.result(30)] for done in (first, second)] == [[DAY], []]
    names = sorted(Path(each).name for each in OddFileSystem.put)
    assert names == sorted(path.name for path in folder.iterdir())


def waiting(reported: Reported) -> list[tuple[date, int]]:
    with connected(reported.settings, Role.BATCH) as connection:
        return [(each.day, each.version) for each in unannounced(connection, reported.settings)]


def test_a_provisional_version_replaces_no_final_one(reported: Reported) -> None:
    """It may be the last word for a while; who is owed the final one gets it, too."""
    reported.publish()
    row = Row(reported.bounds().starts_at, "mobile", "late", 5, 1)
    reported.add(row)
    assert reported.publish(provisional=True).version == 2
    assert waiting(reported) == [(DAY, 1), (DAY, 2)]
    reported.add(row)
    assert reported.publish(provisional=True).version == 3
    assert waiting(reported) == [(DAY, 1), (DAY, 3)]
    reported.reconcile()
    assert reported.publish().version == 4
    assert waiting(reported) == [(DAY, 4)]


def test_a_big_page_is_linked_and_not_attached(reported: Reported) -> None:
    folder = reported.publish().folder
    assert folder is not None
    (folder / "report.html").write_bytes(bytes(MOST_ATTACHED + 1))
    with connected(reported.settings, Role.BATCH) as connection:
        told = claim_mail(connection, reported.settings)
    assert told is not None
    assert told.attachments == []
    assert f"clicks/date={DAY}/v1/report.html" in told.text


def test_a_mail_says_that_a_day_was_silent(reported: Reported) -> None:
    silent = reported.add_silent_day()
    assert reported.publish(silent).is_silent
    with connected(reported.settings, Role.BATCH) as connection:
        told = claim_mail(connection, reported.settings)
    assert told is not None
    assert told.subject == f"clickledger: {silent} was silent, 0 clicks"
    assert f"{silent} v1 (final): a silent day: not one event. first version." in told.text
