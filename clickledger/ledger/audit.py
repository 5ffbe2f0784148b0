"""The audit: proof that the books balance (protocol P9), in plain SQL over one snapshot.

Each check is a query of ``sql/audit`` that returns the rows that break it, at most twenty, and in
each the number of all such rows. The checks share no code with what writes the tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_text
from clickledger.errors import ConfigurationError, DatabaseUnreachableError
from clickledger.mysql.connection import fetch_all, is_connection_lost, open_connection
from clickledger.mysql.snapshot import consistent_snapshot
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings

AUDIT_TIMEOUT_S = 3600  # one pass over all minute rows
# What each check proves when it finds nothing; the names are those of the files in sql/audit.
CHECKS = {
    "ranges_tile": "the applied ranges of each partition tile [origin, next offset):"
    " no gap, no overlap",
    "ranges_full": "each range holds as many records and holes as it is long",
    "records_judged": "each record read was accepted or rejected",
    "epochs_grow": "epochs never decrease along the offsets, and none is beyond the fence",
    "rules_versions_known": "the rules by which each range was judged are kept",
    "minutes_equal_ledger": "clicks and events of the minute rows are those of the ledger",
    "sealed_hours_empty": "sealed hours, which are served from hour rows, have no minute rows",
    "types_equal_minutes": "clicks and events per minute and type are the sums of the minute rows",
    "devices_equal_rows": "devices per minute and type are the number of minute rows",
    "minutes_hold_events": "each minute row is a whole minute with at least one event",
    "rejects_equal_ledger": "rejected records, of all reasons together, are those of the ledger",
    "hours_exist": "each hour with a count has its row in hours",
    "hours_states_legal": "each row of hours is a whole hour in a legal state",
    "built_hours_equal_minutes": "the hour rows of reconciled hours are the sums of minute rows",
}


@dataclass(frozen=True)
class CheckResult:
    """One check: ``rows`` are the first of ``violations`` rows that break it."""

    name: str
    proves: str
    violations: int
    rows: tuple[Mapping[str, Any], ...]
    elapsed_s: float

    @property
    def ok(self) -> bool:
        """Whether nothing breaks the check."""
        return self.violations == 0

    def is_worse_than(self, before: CheckResult) -> bool:
        """Whether more rows break it, or sums are off by something else."""
        return self.violations > before.violations or self._surplus != before._surplus

    @property
    def _surplus(self) -> dict[str, Any]:
        """By how much sums are off: both sides of them grow while the stream works."""
        first = self.rows[0] if self.rows else {}
        return {name: value for name, value in first.items() if name.startswith("surplus_")}

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON types."""
        return {
            "name": self.name,
            "ok": self.ok,
            "proves": self.proves,
            "violations": self.violations,
            "rows": [_plain_row(row) for row in self.rows],
            "elapsed_s": round(self.elapsed_s, 3),
        }


@dataclass(frozen=True)
class AuditReport:
    """All checks of one snapshot, taken at ``taken_at`` (UTC, the server's clock).

    ``open_gaps``: offsets that a person has accepted as lost; ``lost_records``: those of which the
    raw records are, and the counts remain. They break no check.
    """

    taken_at: datetime
    checks: tuple[CheckResult, ...]
    open_gaps: tuple[Mapping[str, Any], ...] = ()
    lost_records: tuple[Mapping[str, Any], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the books balance."""
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> frozenset[str]:
        """The names of the checks that something breaks."""
        return frozenset(check.name for check in self.checks if not check.ok)

    def worse_than(self, before: AuditReport) -> list[str]:
        """The names of the checks that more breaks than did ``before``, or other sums break."""
        known = {check.name: check for check in before.checks}
        worse = (check for check in self.checks if check.is_worse_than(known[check.name]))
        return [check.name for check in worse if not check.ok]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {
            "ok": self.ok,
            "taken_at": utc_text(self.taken_at),
            "checks": [check.as_dict() for check in self.checks],
            "open_gaps": [_plain_row(row) for row in self.open_gaps],
            "lost_records": [_plain_row(row) for row in self.lost_records],
        }


def books_balance(settings: Settings) -> bool:
    """Whether all that is counted comes to what was booked and corrected, as rows or as their sums.

    Type rows are few and are asked first. Minute rows that a hand has changed without them, or the
    other way round, say nothing of those that agree: both would have to be off.
    """
    connection = open_connection(settings, Role.BATCH, read_timeout_s=AUDIT_TIMEOUT_S)
    with closing(connection):
        texts = map(statement, ("ledger/types_equal_ledger", "audit/minutes_equal_ledger"))
        return any(not fetch_all(connection, text) for text in texts)


def run_audit(
    connection: Connection[Cursor],
    *,
    on_snapshot: Callable[[], None] = lambda: None,
    on_check: Callable[[CheckResult], None] = lambda result: None,
) -> AuditReport:
    """Run every check on one consistent snapshot; ``on_check`` is called after each.

    ``connection`` may be any role's and must not be in a transaction. It needs a read timeout for
    one pass over the minute rows: three seconds per ten million, measured on two cores.
    ``on_snapshot`` is called first: what is committed from then on is not seen.

    Raises:
        ConfigurationError: a table is missing or may not be read.
        DatabaseUnreachableError: the connection was lost.
    """
    try:
        with consistent_snapshot(connection) as taken_at:
            on_snapshot()
            checks = tuple(_checked(connection, on_check))
            gaps = fetch_all(connection, statement("ledger/open_gaps"))
            losses = fetch_all(connection, statement("ledger/lost_records"))
            return AuditReport(taken_at, checks, tuple(gaps), tuple(losses))
    except pymysql.MySQLError as error:
        if is_connection_lost(error):
            raise DatabaseUnreachableError(
                f"The audit lost its connection (error {error.args[0]}).",
                next_step="check that MySQL runs (`make status`) and audit again",
            ) from error
        raise ConfigurationError(
            f"The audit cannot read the ledger: {error.args}.",
            next_step="run `clickledger migrate`",
        ) from error


def _checked(
    connection: Connection[Cursor], on_check: Callable[[CheckResult], None]
) -> Iterator[CheckResult]:
    for name, proves in CHECKS.items():
        began = time.monotonic()
        rows = fetch_all(connection, statement(f"audit/{name}"))
        violations = rows[0]["violations"] if rows else 0
        kept = tuple({k: v for k, v in row.items() if k != "violations"} for row in rows)
        result = CheckResult(name, proves, violations, kept, time.monotonic() - began)
        on_check(result)
        yield result


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Decimal):
        return int(value)
    return value
