"""`make up` says that numbers move when something was counted since the traffic began."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.settings import Settings
from infra.errors import StackError
from infra.home import Home
from infra.traffic import Traffic

pytestmark = pytest.mark.stack


def test_what_was_counted_before_it_began_is_not_its_own(
    admin: Connection[Cursor], deployed: Settings, tmp_path: Path
) -> None:
    traffic = Traffic(deployed, Home(tmp_path))
    ended = psutil.Popen(["true"])
    ended.wait()
    with admin.cursor() as cursor:
        for before_or_never in ("UTC_TIMESTAMP(3) - INTERVAL 30 DAY", "NULL"):
            cursor.execute(f"UPDATE stream_state SET last_commit_at = {before_or_never}")
            with pytest.raises(StackError, match="nothing of it is counted yet"):
                traffic.ask(os.getpid())
        cursor.execute("UPDATE stream_state SET last_commit_at = UTC_TIMESTAMP(3)")
        assert traffic.ask(os.getpid()) == "sending, and counted"
        with pytest.raises(StackError, match="It has ended"):
            traffic.ask(ended.pid)
