"""After whatever ended the stream, a start means the release that wrote last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from clickledger.slots import SLOTS, Wanted
from lifecycle.slots import assign, other_slot, promote, want
from lifecycle.targets import release_to_run
from lifecycle.verbs import Ask, verbs_of
from tests.stack.mysql.test_starts_in_a_row import RELEASE

pytestmark = pytest.mark.stack


@pytest.fixture
def settings(admin: Connection[Cursor], deployed: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Three releases, empty slots, no supervisor; nothing is left of what a test did."""
    with admin.cursor() as cursor:
        for name in ("r1", "r2", "r3"):
            cursor.execute(statement("lifecycle/add_release"), RELEASE | {"name": name})
    yield deployed.model_copy(update={"home": tmp_path})
    with admin.cursor() as cursor:
        for table in ("operations", "releases"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE stream_slots SET wanted = 'stopped', release_name = NULL")


def take_over(connection: Connection[Cursor], slot: str, release: str) -> None:
    """As a takeover leaves the slots, a minute later."""
    assign(connection, slot, Wanted.STANDBY, release, release)
    promote(connection, slot)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stream_slots SET wanted_at = wanted_at - INTERVAL 1 MINUTE")


@pytest.mark.parametrize("first", SLOTS)
def test_a_drain_leaves_the_newest_one(
    admin: Connection[Cursor], settings: Settings, first: str
) -> None:
    """Drained twice, too; and a standby that an actor has left behind never wrote."""
    verbs = verbs_of(settings)
    take_over(admin, first, "r1")
    take_over(admin, other_slot(first), "r2")
    assign(admin, first, Wanted.STANDBY, "left", "r3")
    for token in ("once", "again"):
        verbs.drain(Ask(token, "why", "tests"))
        assert release_to_run(admin).release_name == "r2"


def test_making_room_in_the_other_slot_leaves_the_writer_the_newest_one(
    admin: Connection[Cursor], settings: Settings
) -> None:
    """An actor that dies between the two steps of a reset."""
    take_over(admin, "a", "r1")
    take_over(admin, "b", "r2")
    for slot in ("b", "a"):
        want(admin, slot, Wanted.STOPPED)
    assert release_to_run(admin).release_name == "r2"
