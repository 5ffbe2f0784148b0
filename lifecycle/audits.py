"""Audits before and after a takeover, of which the first delays nothing.

Over many rows an audit takes its time. It is of one moment of the database, so a driver may come up
while the audit of before is still at work: that one does not see what the driver commits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from clickledger.ledger.audit import AUDIT_TIMEOUT_S, AuditReport, run_audit
from clickledger.mysql.connection import open_connection
from clickledger.settings import Role, Settings


def begin_audit(settings: Settings) -> Future[AuditReport]:
    """The audit of what is committed now, which goes on in a thread of its own.

    Raises:
        ClickledgerError: it cannot be begun: the database is away, or refuses.
    """
    begun = threading.Event()
    pool = ThreadPoolExecutor(1, thread_name_prefix="audit")
    found = pool.submit(audit_now, settings, begun.set)
    pool.shutdown(wait=False)
    found.add_done_callback(lambda _: begun.set())
    begun.wait()
    if found.done():
        found.result()
    return found


def audit_now(settings: Settings, on_snapshot: Callable[[], None] = lambda: None) -> AuditReport:
    """The audit on a connection of its own, as long as it takes.

    Raises:
        ClickledgerError: the database is away, or refuses.
    """
    connection = open_connection(settings, Role.OPERATOR, read_timeout_s=AUDIT_TIMEOUT_S)
    with closing(connection):
        return run_audit(connection, on_snapshot=on_snapshot)
