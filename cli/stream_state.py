"""What the stream last said of itself, read from MySQL, and what to make of it."""

from __future__ import annotations

import json
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement

HEARTBEAT_IS_OLD_S = 10.0
COMMIT_IS_OLD_S = 60.0
ALIVE = {"starting", "running", "draining"}
ENDED = {"drained", "halted", "down"}


def read_state(connection: Connection[Cursor]) -> dict[str, Any]:
    """The stream's row with ages in seconds; ``progress`` as a dictionary, or ``None``."""
    row = fetch_one(connection, statement("cli/stream_state"))
    if row is None:
        raise ConfigurationError(
            "The stream has no state row in this database.", next_step="run `clickledger migrate`"
        )
    for name in ("heartbeat_age_s", "last_commit_age_s"):
        row[name] = None if row[name] is None else float(row[name])
    row["progress"] = json.loads(row["progress"]) if row["progress"] else None
    return row


def verdict(row: dict[str, Any]) -> str:
    """One line for a person."""
    state, age_s = row["state"], row["heartbeat_age_s"]
    if state in ALIVE and (age_s is None or age_s > HEARTBEAT_IS_OLD_S):
        since = "" if age_s is None else f" for {duration(age_s)}"
        return f"no sign of life{since}; it last said {state}"
    if state == "halted":
        return f"halted (exit code {row['halt_exit_code']}): {row['halt_reason']}"
    if state == "running":
        return _of_a_running_one(row)
    if state == "down" and row["halt_reason"]:
        return f"down (exit code {row['halt_exit_code']}): {row['halt_reason']}"
    return str(state)


def _of_a_running_one(row: dict[str, Any]) -> str:
    lag, commit_age_s = row["lag_events"], row["last_commit_age_s"]
    if lag is None:
        return "running, but Kafka does not say how far behind it is"
    if lag == 0:
        return "running, and nothing is unread"
    if commit_age_s is not None and commit_age_s > COMMIT_IS_OLD_S:
        return (
            f"STUCK: {lag:,} events are unread and the last commit was {duration(commit_age_s)} ago"
        )
    return f"running, {lag:,} events behind"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 2880 else f"{minutes // 1440} days"
