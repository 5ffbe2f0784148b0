"""A run of the batch layer, as a row of ``reconcile_runs``: what was asked, and how it ended."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import OperationRefusedError
from clickledger.mysql.statements import statement
from clickledger.release import code_fingerprint, release_name
from clickledger.settings import Settings

Ended = Callable[[str, object], None]  # with a verdict, and details that JSON can hold


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the batch layer: a row of ``reconcile_runs``."""

    run: str
    action: str
    scope: str
    asked_by: str
    reason: str
    dry_run: bool
    release_name: str
    code_fingerprint: str


def new_run(
    settings: Settings, action: str, scope: str, by: str, reason: str, *, dry_run: bool = False
) -> Run:
    """A run of the code that runs here, under a name of its own."""
    return Run(
        run=str(uuid.uuid4()),
        action=action,
        scope=scope,
        asked_by=by,
        reason=reason,
        dry_run=dry_run,
        release_name=release_name(settings),
        code_fingerprint=code_fingerprint(),
    )


@contextmanager
def recorded(connection: Connection[Cursor], run: Run) -> Iterator[Ended]:
    """Write down what is about to be done, and how it ended: as the caller says, or by its error.

    Nobody knows how a run ended that was killed: its row says that it began.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("batch/begin_run"), asdict(run))

    def ended(verdict: str, detail: object) -> None:
        row = (verdict, json.dumps(detail, default=str), run.run)
        with connection.cursor() as cursor:
            cursor.execute(statement("batch/end_run"), row)

    try:
        yield ended
    except BaseException as error:
        refused = isinstance(error, OperationRefusedError)
        ended("refused" if refused else "failed", {"error": str(error)})
        raise
