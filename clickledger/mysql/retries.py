"""Transactions that a lock or a deadlock has ended are done again, a bounded number of times."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from time import sleep
from typing import ParamSpec, TypeVar

import pymysql

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Lock wait timeout, deadlock, row changed since the snapshot (MariaDB). The first rolls back only
# its statement: a COMMIT after it would keep half of it, so the whole transaction is done again.
TRY_AGAIN = {1205, 1213, 1020}
# Four tries, each of which waits 5 s for a lock: a frozen writer has lost its own after 10 s.
PAUSES_S = (0.05, 0.2, 0.8)


def wants_another_try(error: BaseException) -> bool:
    """Whether the server has ended a transaction that is right, and may come through next time."""
    return bool(error.args) and error.args[0] in TRY_AGAIN


def tried_again(work: Callable[P, T]) -> Callable[P, T]:
    """A function that is one transaction, done again from its beginning where a lock has ended it.

    Raises:
        pymysql.MySQLError: it is still locked after the last try.
    """

    @wraps(work)
    def trying(*arguments: P.args, **named: P.kwargs) -> T:
        for pause_s in PAUSES_S:
            try:
                return work(*arguments, **named)
            except pymysql.MySQLError as error:
                if not wants_another_try(error):
                    raise
                log.warning("%s: %s; trying again in %.2f s", work.__qualname__, error, pause_s)
            sleep(pause_s)
        return work(*arguments, **named)

    return trying
