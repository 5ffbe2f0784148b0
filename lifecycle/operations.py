"""Operations: each act is written down before it is done, and is done once, whoever asks.

One at a time, across DAGs and terminals: a row in MySQL with a lease, which its actor renews. An
actor that died lets the lease run out; whoever comes with the same token then goes on with it, and
another operation marks it abandoned and starts from what is there. One that was refused for want of
a person's word is begun again when it is asked for again: the word may have come. One that was
asked for while another one was under way is refused for good: whoever asked has not seen what came
of that.
"""

from __future__ import annotations

import getpass
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import (
    ClickledgerError,
    DatabaseUnreachableError,
    ExitCode,
    KafkaUnreachableError,
    OperationInProgressError,
    UsageError,
)
from clickledger.mysql.connection import connected, fetch_all, fetch_one, is_connection_lost
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from lifecycle.supervisor import SupervisorUnreachableError

LEASE_S = 20
RENEW_S = 5.0
POLL_S = 0.2
# After these the same token goes on with the operation: they say nothing of how it ends.
GOES_ON = (
    OperationInProgressError,
    DatabaseUnreachableError,
    KafkaUnreachableError,
    SupervisorUnreachableError,
)


@dataclass(frozen=True)
class Request:
    """What is asked. The same token is the same operation, however often it comes."""

    token: str
    action: str
    reason: str
    by: str
    to_release: str | None = None
    from_release: str | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    asked_at: datetime | None = None  # UTC; where it has waited since, as a queued run does

    def __post_init__(self) -> None:
        if not 1 <= len(self.token) <= 64 or not 1 <= len(self.reason) <= 1024:
            raise UsageError("A token has 1 to 64 characters, a reason 1 to 1,024.")


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: done, refused, failed, rolled_back or abandoned."""

    state: str
    lines: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    exit_code: ExitCode = ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """For ``operations.result`` and for ``--json``."""
        return {
            "state": self.state,
            "lines": list(self.lines),
            "exit_code": int(self.exit_code),
            **self.data,
        }


@dataclass(frozen=True)
class Operation:
    """One row of ``operations``."""

    token: str
    action: str
    asked_by: str
    reason: str
    from_release: str | None
    to_release: str | None
    plan: dict[str, Any]
    stage: str
    state: str
    result: dict[str, Any] | None
    started_at: datetime
    stage_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether whoever comes with its token is to go on with it, or to begin it again."""
        waits = bool((self.result or {}).get("needs_approval"))
        return self.state == "running" or (self.state == "refused" and waits)

    def outcome(self) -> Outcome:
        """What it came to; only of one that has ended."""
        result = dict(self.result or {})
        return Outcome(
            state=self.state,
            lines=tuple(result.pop("lines", ())),
            exit_code=ExitCode(result.pop("exit_code", ExitCode.OPERATION_FAILED)),
            data={name: value for name, value in result.items() if name != "state"},
        )


def operator() -> str:
    """Who acts when nobody says otherwise: the user of this process, and the machine."""
    return f"{getpass.getuser()}@{socket.gethostname()}"[:128]


class Actor:
    """Whoever performs an operation: its connection, and its word that it still lives."""

    def __init__(self, connection: Connection[Cursor], request: Request, holder: str) -> None:
        self.connection = connection
        self.request = request
        self._holder = holder
        self._within = ""

    def begun(self) -> Operation:
        """As it was written down when it was begun, perhaps by an actor that has died since."""
        return _required(self.connection, self.request.token)

    def stage(self, name: str) -> None:
        """Write down what comes next, if it is still ours to do.

        Raises:
            OperationInProgressError: we were silent for so long that another actor has taken over.
        """
        self._write("lifecycle/stage_operation", {"stage": f"{self._within}{name}"})

    def end(self, outcome: Outcome) -> None:
        """Write down how it ended, if it is still ours to end.

        Raises:
            OperationInProgressError: as ``stage``.
        """
        result = json.dumps(outcome.as_dict(), default=str)
        self._write("lifecycle/end_operation", {"state": outcome.state, "result": result})

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        lock = fetch_one(self.connection, statement("lifecycle/lock_holder"))
        if lock is None or lock["holder"] != self._holder:
            raise OperationInProgressError("Another actor has taken this operation over.")
        with self.connection.cursor() as cursor:
            cursor.execute(statement(name), {"token": self.request.token, **values})

    @contextmanager
    def staging(self, name: str) -> Iterator[None]:
        """Each stage inside is a part of this one."""
        self._within = f"{name}: "
        try:
            yield
        finally:
            self._within = ""


def perform(
    settings: Settings, request: Request, work: Callable[[Actor], Outcome]
) -> tuple[Outcome, bool]:
    """Do ``work`` as the operation of the token; (outcome, whether this call did it).

    ``work`` must be safe to begin again: after a crash it is called with what the first left.

    Raises:
        OperationInProgressError: another operation is under way; the token is told so from now on.
        UsageError: the token was used for another action.
        DatabaseUnreachableError, KafkaUnreachableError, SupervisorUnreachableError: that server
            went away. The operation is not over: the same token goes on with it.
    """
    with connected(settings, Role.OPERATOR) as connection:
        holder = str(uuid.uuid4())
        if not _acquire(connection, request, holder):
            return _required(connection, request.token).outcome(), False
        try:
            with _renewed(settings, holder):
                return _run(Actor(connection, request, holder), work), True
        except pymysql.MySQLError as error:
            if not is_connection_lost(error):
                raise
            raise DatabaseUnreachableError(
                "MySQL went away in the middle of the operation.",
                next_step="when it is back (`make status`), ask again with the same token",
            ) from error
        finally:
            with suppress(pymysql.MySQLError), connection.cursor() as cursor:
                cursor.execute(statement("lifecycle/free_lock"), (holder,))


def _acquire(connection: Connection[Cursor], request: Request, holder: str) -> bool:
    """Take the lock; ``False`` when somebody else has done the operation meanwhile."""
    while True:
        if outcome_of(connection, request.token, request.action) is not None:
            return False
        row = {"token": request.token, "holder": holder, "lease_s": LEASE_S}
        with connection.cursor() as cursor:
            if cursor.execute(statement("lifecycle/take_lock"), row):
                return True
        _require_same(connection, request)
        time.sleep(POLL_S)


def _require_same(connection: Connection[Cursor], request: Request) -> None:
    lock = fetch_one(connection, statement("lifecycle/lock_holder"))
    if lock is None or not lock["held"] or lock["token"] == request.token:
        return
    other = find_operation(connection, lock["token"])
    what = f"{other.action} by {other.asked_by} ({other.stage})" if other else "another operation"
    error = OperationInProgressError(
        f"The stream is being operated on: {what}, token {lock['token']!r}.",
        next_step="wait for it (`clickledger stream history`), then ask again, with another token",
    )
    # Written down: a task that is tried again in a moment must not carry it out after all.
    refused = Outcome("refused", (str(error),), exit_code=error.exit_code)
    row = {**_as_row(request), "result": json.dumps(refused.as_dict())}
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/refuse_operation"), row)
    raise error


def _run(actor: Actor, work: Callable[[Actor], Outcome]) -> Outcome:
    overtaken = _overtaken(actor.connection, actor.request)
    _begin(actor.connection, actor.request)
    try:
        outcome = overtaken or work(actor)
    except GOES_ON:
        raise
    except ClickledgerError as error:
        outcome = Outcome("failed", (str(error),), exit_code=error.exit_code)
    actor.end(outcome)
    return outcome


def _overtaken(connection: Connection[Cursor], request: Request) -> Outcome | None:
    """A refusal, where another operation has ended since this one was asked for."""
    if request.asked_at is None or find_operation(connection, request.token) is not None:
        return None
    asked = {"token": request.token, "asked_at": request.asked_at}
    other = fetch_one(connection, statement("lifecycle/ended_since"), asked)
    if other is None:
        return None
    line = (
        f"While this waited to begin, the stream was operated on: {other['action']} by"
        f" {other['asked_by']}, token {other['token']!r}. Nothing was done. Next: look"
        " (`clickledger stream status`); if this is still wanted, ask for it with another token"
    )
    return Outcome("refused", (line,), exit_code=ExitCode.OPERATION_IN_PROGRESS)


def _begin(connection: Connection[Cursor], request: Request) -> None:
    known = find_operation(connection, request.token)
    row = _as_row(request)
    left = {"token": request.token, "result": json.dumps(_left_by(request).as_dict())}
    with connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/abandon_operations"), left)
        if known is None:
            cursor.execute(statement("lifecycle/begin_operation"), row)
        elif known.state != "running":
            cursor.execute(statement("lifecycle/begin_operation_again"), row)


def _as_row(request: Request) -> dict[str, Any]:
    return {**vars(request), "plan": json.dumps(request.plan, default=str)}


def _left_by(request: Request) -> Outcome:
    """How one ended whose actor was gone when ``request`` came."""
    line = (
        f"Its actor was gone when {request.by} asked for {request.action} (token"
        f" {request.token!r}): it was left as far as it had come. Next: `clickledger stream status`"
        " says how the stream is; if this is still wanted, ask for it with another token."
    )
    return Outcome("abandoned", (line,), exit_code=ExitCode.OPERATION_FAILED)


@contextmanager
def _renewed(settings: Settings, holder: str) -> Iterator[None]:
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_S):
            with suppress(ClickledgerError, pymysql.MySQLError):
                _renew(settings, holder)

    thread = threading.Thread(target=renew, name="operation lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(RENEW_S)


def _renew(settings: Settings, holder: str) -> None:
    row = {"holder": holder, "lease_s": LEASE_S}
    with connected(settings, Role.OPERATOR) as connection, connection.cursor() as cursor:
        cursor.execute(statement("lifecycle/renew_lock"), row)


def outcome_of(connection: Connection[Cursor], token: str, action: str) -> Outcome | None:
    """What the operation of that token came to; ``None`` while that is open.

    Open: it was never begun, it runs, or it waits for a person's word, which may have come.

    Raises:
        UsageError: the token was used for another action.
    """
    known = find_operation(connection, token)
    if known and known.action != action:
        raise UsageError(
            f"The token {token!r} was used before, for {known.action}.",
            next_step="take another token for another operation",
        )
    return known.outcome() if known and not known.is_open else None


def operation_in_hand(connection: Connection[Cursor]) -> Operation | None:
    """The one that somebody is at work on."""
    lock = fetch_one(connection, statement("lifecycle/lock_holder"))
    return find_operation(connection, lock["token"]) if lock and lock["held"] else None


def find_operation(connection: Connection[Cursor], token: str) -> Operation | None:
    """The operation of that token, if there was one."""
    row = fetch_one(connection, statement("lifecycle/operation"), (token,))
    return _operation(row) if row else None


def recent_operations(connection: Connection[Cursor], most: int) -> list[Operation]:
    """The newest ones."""
    return [
        _operation(row) for row in fetch_all(connection, statement("lifecycle/operations"), (most,))
    ]


def _required(connection: Connection[Cursor], token: str) -> Operation:
    found = find_operation(connection, token)
    assert found is not None  # noqa: S101 - it was seen a moment ago, and none is ever deleted
    return found


def _operation(row: dict[str, Any]) -> Operation:
    plan = json.loads(row["plan"])
    result = json.loads(row["result"]) if row["result"] else None
    return Operation(**{**row, "plan": plan, "result": result})
