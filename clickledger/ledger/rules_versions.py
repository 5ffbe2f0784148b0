"""The numbers under which rules documents are kept (protocol P3).

The effective rules of a deployment are a contract of the code plus the deployment's ``max_future``
and ``max_age``. Each different document gets the next number, once; every applied range records it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import HOUR_MS
from clickledger.contract.rules import CONTRACTS, Rules
from clickledger.errors import ConfigurationError
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings

DUPLICATE_KEY = 1062


def effective_rules(settings: Settings, *, log_append_time: bool) -> Rules:
    """The newest contract with the deployment's limits.

    ``max_future`` "auto" is one hour where the broker stamps the records, else off: on a
    CreateTime topic the timestamp is the client's word.
    """
    if settings.max_future == "auto":
        max_future_ms = HOUR_MS if log_append_time else None
    else:
        max_future_ms = _milliseconds(settings.max_future)
    return replace(
        CONTRACTS[max(CONTRACTS)],
        max_future_ms=max_future_ms,
        max_age_ms=_milliseconds(settings.max_age),
    )


def _milliseconds(limit: object) -> int | None:
    return int(limit.total_seconds() * 1000) if isinstance(limit, timedelta) else None


def rules_of_version(connection: Connection[Cursor], version: int) -> Rules:
    """The rules that ranges of that version were judged by.

    Raises:
        ConfigurationError: there is no such version, or this release does not know its contract.
    """
    row = fetch_one(connection, statement("ledger/rules_of_version"), (version,))
    if row is None:
        raise ConfigurationError(f"There is no rules version {version} in this database.")
    return Rules.from_document(row["document"])


def register_rules(connection: Connection[Cursor], rules: Rules) -> int:
    """The number of ``rules``; a document met for the first time gets the next one."""
    while True:
        row = fetch_one(connection, statement("ledger/rules_version"), (rules.digest(),))
        if row is not None:
            return int(row["version"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement("ledger/add_rules"), (rules.digest(), rules.document()))
        except pymysql.IntegrityError as error:
            if error.args[0] != DUPLICATE_KEY:  # another process was quicker: ask again
                raise
