"""The verbs: deploy, restart, reset, rollback, drain, stop, start. Each is one operation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ExitCode, KafkaUnreachableError
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings
from lifecycle.desired import desire
from lifecycle.draining import drain
from lifecycle.handover import DRAINED_WITHIN_S
from lifecycle.operations import Actor, Outcome, Request, find_operation, outcome_of, perform
from lifecycle.plan import Plan, make_plan
from lifecycle.releases import Release, find_release, judge
from lifecycle.runner import Runner, runner_of
from lifecycle.supervisor import SupervisorUnreachableError
from lifecycle.takeover import Takeover, was_undoing, writer_runs
from lifecycle.targets import ran_last, release_before, release_to_run, said_instead


@dataclass(frozen=True)
class Ask:
    """Who asks, why, and under which token; ``approved``: a person has seen the plan.

    ``asked_at``: since when it has waited to be done, UTC.
    """

    token: str
    reason: str
    by: str
    approved: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Verbs:
    """The verbs on one deployment."""

    settings: Settings
    runner: Runner

    # --- bringing a writer up ---------------------------------------------------------------
    def plan(self, action: str, release: str | None) -> Plan:
        """What ``deploy`` of a release, or ``restart``, would do now; changes nothing."""
        with connected(self.settings, Role.OPERATOR) as connection:
            target = find_release(connection, release) if release else release_to_run(connection)
            return make_plan(connection, self.settings, action, target)

    def deploy(self, ask: Ask, release: str) -> tuple[Outcome, bool]:
        """Make a release the writer: warm beside the old one, proven afterwards, else undone."""
        return self._replace(ask, "deploy", lambda connection: find_release(connection, release))

    def restart(self, ask: Ask) -> tuple[Outcome, bool]:
        """The same release in a new process with a new checkpoint, warm before it takes over."""
        return self._replace(ask, "restart", release_to_run)

    def rollback(self, ask: Ask, *, at_once: bool = False) -> tuple[Outcome, bool]:
        """Back to the release that was found good last.

        ``at_once``: the writer counts wrongly, and must not go on while the other one warms up.
        """
        approved = replace(ask, approved=True)
        return self._replace(approved, "rollback", release_before, at_once=at_once)

    def reset(self, ask: Ask) -> tuple[Outcome, bool]:
        """Throw process and checkpoint away at once, without a drain, and start from the ledger."""

        def work(actor: Actor) -> Outcome:
            return self._once_more(actor, "reset", approved=True)

        return perform(self.settings, _request(ask, "reset"), work)

    def start(self, ask: Ask) -> tuple[Outcome, bool]:
        """Want the stream to run again, with the release that ran last."""

        def work(actor: Actor) -> Outcome:
            if not self._supervised():
                desire(actor.connection, "running", ask.by, ask.reason)
                line = "It is wanted to run, but no supervisor is here to start it: `make up`, or"
                return Outcome("done", (f"{line} `clickledger stream run`.",), {"started": False})
            if writer_runs(actor.connection, self.runner):
                return Outcome("done", ("The stream runs already.",))
            return self._once_more(actor, "start", approved=ask.approved)

        return perform(self.settings, _request(ask, "start"), work)

    def align(self, ask: Ask) -> tuple[Outcome, bool]:
        """Make what runs what is wanted: drained, or the release of the writer's slot."""
        with connected(self.settings, Role.OPERATOR) as connection:
            row = fetch_one(connection, statement("stream/desired"))
        return self.drain(ask) if row and row["desired_state"] == "drained" else self.reset(ask)

    # --- bringing it down ---------------------------------------------------------------------
    def drain(self, ask: Ask, *, timeout_s: float = DRAINED_WITHIN_S) -> tuple[Outcome, bool]:
        """The batch under way commits, the next is refused; it stays drained until ``start``.

        What has not drained by then is ended at once: it may not commit any more.
        """

        def work(actor: Actor) -> Outcome:
            return drain(actor, self.runner, self.settings.topic, timeout_s)

        return perform(self.settings, _request(ask, "drain"), work)

    # --- shared -------------------------------------------------------------------------------
    def _replace(
        self,
        ask: Ask,
        action: str,
        choose: Callable[[Connection[Cursor]], Release],
        *,
        at_once: bool = False,
    ) -> tuple[Outcome, bool]:
        with connected(self.settings, Role.OPERATOR) as connection:
            if (known := outcome_of(connection, ask.token, action)) is not None:
                return known, False
            begun = find_operation(connection, ask.token)
            name = begun.to_release if begun and begun.state == "running" else None
            target = find_release(connection, name) if name else choose(connection)
            plan = make_plan(connection, self.settings, action, target)
            last = ran_last(connection)
        request = replace(
            _request(ask, action),
            to_release=target.release_name,
            from_release=plan.from_release or (last.release_name if last else None),
            plan=plan.as_dict(),
        )

        def work(actor: Actor) -> Outcome:
            # Where a dead actor's operation is gone on with, the writer may be the one it started.
            begun = actor.begun()
            previous: str | None = begun.plan["from_release"]
            takeover = Takeover(actor, self.settings, self.runner)
            if was_undoing(begun):
                return takeover.go_on_undoing(target, previous)
            if (refused := _refusal(plan, approved=ask.approved)) is not None:
                return refused
            left = previous if action == "rollback" else None
            if at_once:
                takeover.end_old_writer()
                previous = None  # nobody wants that one back
            is_new = target.release_name != begun.from_release
            outcome = takeover.make_writer(target, previous, approved=ask.approved, is_new=is_new)
            if outcome.state == "done" and left is not None:  # nobody shall go back to that
                judge(actor.connection, left, "bad", f"{ask.by} went back from it: {ask.reason}")
            instead = said_instead(last, target) if action == "restart" else ()
            return replace(outcome, lines=(*outcome.lines, *instead))

        return perform(self.settings, request, work)

    def _once_more(self, actor: Actor, action: str, *, approved: bool) -> Outcome:
        """The release that ran last, as far as a plan allows it; without Kafka its driver waits."""
        target = release_to_run(actor.connection)
        instead = said_instead(ran_last(actor.connection), target)
        with suppress(KafkaUnreachableError):
            plan = make_plan(actor.connection, self.settings, action, target)
            if (refused := _refusal(plan, approved=approved)) is not None:
                return refused
        takeover = Takeover(actor, self.settings, self.runner)
        if action == "reset":
            takeover.end_old_writer()
        outcome = takeover.make_writer(target, None, approved=approved, is_new=False)
        return replace(outcome, lines=(*outcome.lines, *instead))

    def _supervised(self) -> bool:
        try:
            self.runner.supervisor.call("getPID")
        except SupervisorUnreachableError:
            return False
        return True


def verbs_of(settings: Settings) -> Verbs:
    """The verbs of the deployment that the settings name."""
    return Verbs(settings, runner_of(settings))


def _request(ask: Ask, action: str) -> Request:
    return Request(ask.token, action, ask.reason, ask.by, asked_at=ask.asked_at)


def _refusal(plan: Plan, *, approved: bool) -> Outcome | None:
    if plan.refusals:
        return _refused(plan, plan.refusals)
    if plan.approvals and not approved:
        return _refused(plan, plan.approvals, needs_approval=True)
    return None


def _refused(plan: Plan, why: tuple[str, ...], *, needs_approval: bool = False) -> Outcome:
    data = {"needs_approval": needs_approval, "plan": plan.as_dict()}
    return Outcome("refused", why, data, ExitCode.OPERATION_REFUSED)
