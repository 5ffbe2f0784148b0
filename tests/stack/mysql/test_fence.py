"""The fence is taken by one at a time, and waited for no longer than a writer may hold it."""

import pytest

from clickledger.errors import DatabaseUnreachableError
from clickledger.ledger import fence
from clickledger.mysql.connection import LOCK_WAIT_S, connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

pytestmark = pytest.mark.stack
OWNER = "11111111-1111-1111-1111-111111111111"
LOCK_WAIT = "SELECT @@SESSION.innodb_lock_wait_timeout AS seconds"


@pytest.mark.parametrize("role", [Role.STREAM, Role.OPERATOR])
def test_an_epoch_is_one_more_and_names_its_owner(deployed: Settings, role: Role) -> None:
    with connected(deployed, role) as connection:
        before = fence.take_fence(connection, OWNER)
        assert fence.take_fence(connection, OWNER[::-1]) == before + 1
        found = fetch_one(connection, statement("stream/read_fence"))
        assert found == {"epoch": before + 1, "owner": OWNER[::-1]}
        assert fetch_one(connection, LOCK_WAIT) == {"seconds": LOCK_WAIT_S}


def test_a_fence_that_stays_locked(deployed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "FENCE_WAIT_S", 1)
    with connected(deployed, Role.STREAM) as holder, connected(deployed, Role.OPERATOR) as taker:
        holder.begin()
        held = fetch_one(holder, statement("sink/lock_fence"))
        with pytest.raises(DatabaseUnreachableError, match="fence stayed locked for 1 s"):
            fence.take_fence(taker, OWNER)
        assert fetch_one(taker, LOCK_WAIT) == {"seconds": LOCK_WAIT_S}
        holder.rollback()
        assert held is not None
        assert fence.take_fence(taker, OWNER) == held["epoch"] + 1
