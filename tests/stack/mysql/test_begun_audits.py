"""An audit that is begun is of that moment, however long it takes."""

from __future__ import annotations

from contextlib import closing

import pytest

from clickledger.errors import DatabaseUnreachableError
from clickledger.settings import Settings
from lifecycle.audits import audit_now, begin_audit
from tests.stack.mysql.book import write_balanced_book
from tests.stack.mysql.servers import Server

pytestmark = pytest.mark.stack


def test_what_is_committed_later_is_not_seen(server: Server, deployed: Settings) -> None:
    """The audit waits for a table that is locked while its rows are deleted, and still has them."""
    with closing(server.admin(deployed.mysql_database)) as admin, admin.cursor() as cursor:
        write_balanced_book(admin)
        cursor.execute("LOCK TABLES hours WRITE")
        found = begin_audit(deployed)
        assert not found.done()
        cursor.execute("DELETE FROM hours")
        cursor.execute("UNLOCK TABLES")

    assert found.result().failed == frozenset()
    assert audit_now(deployed).failed == {"hours_exist"}


def test_a_database_that_is_away_is_told_at_once(deployed: Settings) -> None:
    nowhere = deployed.model_copy(update={"mysql_port": 1})

    with pytest.raises(DatabaseUnreachableError):
        begin_audit(nowhere)
