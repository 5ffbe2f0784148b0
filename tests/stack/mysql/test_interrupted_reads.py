"""Ctrl-C while the server is asked ends as an interruption, whatever became of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from clickledger.mysql.connection import connected, fetch_all, transaction
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.settings import Role, Settings

pytestmark = pytest.mark.stack


def interrupted(connection: Any, text: str) -> None:
    """As PyMySQL leaves its connection when a signal finds it waiting for more."""
    connection.query(text)
    connection._force_close()
    raise KeyboardInterrupt


def test_in_a_snapshot(deployed: Settings) -> None:
    with (
        connected(deployed, Role.READER) as connection,
        pytest.raises(KeyboardInterrupt),
        consistent_snapshot(connection),
    ):
        interrupted(connection, "SELECT 1")


def test_in_a_transaction_and_nothing_of_it_stays(deployed: Settings) -> None:
    with (
        connected(deployed, Role.OWNER) as connection,
        pytest.raises(KeyboardInterrupt),
        transaction(connection),
    ):
        interrupted(connection, "UPDATE stream_fence SET epoch = epoch + 1")
    with connected(deployed, Role.READER) as connection:
        assert fetch_all(connection, "SELECT epoch FROM stream_fence") == [{"epoch": 0}]
