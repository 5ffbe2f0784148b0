"""Brings the stream up: the release of this checkout, as the writer, whatever is there."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from clickledger.errors import ExitCode, OperationInProgressError
from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Role
from clickledger.waiting import wait_for
from infra.errors import StackError
from infra.steps import Step
from infra.stream_slots import StreamDriver
from lifecycle.operations import Operation, Outcome, operator, recent_operations
from lifecycle.releases import Release, create_release
from lifecycle.slots import read_slots, writer_of
from lifecycle.verbs import Ask, verbs_of

RECENT = 20  # operations; of those that began since `make up` did, none is older
POLL_S = 0.5


def bring_up_stream(driver: StreamDriver, step: Step, deploy: Callable[[], Outcome] | None) -> None:
    """Have the release of this checkout run as the writer, with the settings as they are now.

    ``deploy``: how an operator would do it; by default the verb itself.

    Raises:
        StackError: it needs a person's word, or the new driver did not prove itself.
    """
    driver.prepare(step)
    with connected(driver.settings, Role.OPERATOR) as connection:
        step.progress("making a release of this checkout")
        release = create_release(connection, driver.settings, operator())
    task = _BringUp(driver, release, step, deploy)
    ended = {each.token for each in task.recent() if each.state != "running"}
    task.wait_for_others(ended)
    outcome = task.once()
    if outcome.exit_code is not ExitCode.OK and task.wait_for_others(ended):
        outcome = task.once()
    if outcome.exit_code is not ExitCode.OK:
        plan = outcome.data.get("needs_approval")
        step.outcome = outcome.state
        raise StackError(
            f"The stream was not brought up ({outcome.state}): {' '.join(outcome.lines)}",
            next_step=f"`clickledger stream deploy {release.release_name} --approve`"
            if plan
            else driver.logs,
        )


@dataclass(frozen=True)
class _BringUp:
    driver: StreamDriver
    release: Release
    step: Step
    deploy: Callable[[], Outcome] | None

    def once(self) -> Outcome:
        """Deploy it, unless it runs."""
        verbs = verbs_of(self.driver.settings)
        with connected(self.driver.settings, Role.OPERATOR) as connection:
            writer = writer_of(read_slots(connection))
        pid = verbs.runner.state(writer.slot).pid if writer else 0
        runs = bool(writer and pid and writer.release_name == self.release.release_name)
        if runs and self.driver.is_current(pid):
            self.step.outcome = f"runs already, release {self.release.release_name}"
            return Outcome("done")
        self.step.progress("the new driver warms up and takes over" if pid else "starting Spark")
        self.step.outcome = f"release {self.release.release_name}"
        if self.deploy:
            return self.deploy()
        ask = Ask(token=f"up-{uuid.uuid4()}", reason=self.driver.reason, by=operator())
        try:
            outcome, _ = verbs.deploy(ask, self.release.release_name)
        except OperationInProgressError as error:
            return Outcome("refused", (str(error),), exit_code=error.exit_code)
        return outcome

    def wait_for_others(self, ended: set[str]) -> bool:
        """Whether anybody else has operated on the stream; returns when that is over.

        Watching does, as soon as Airflow is up: it finds the stream down, and starts it.
        ``ended``: what was over before.
        """

        def others() -> list[Operation]:
            recent = self.recent()
            return [
                each
                for each in recent
                if each.token not in ended and each.reason != self.driver.reason
            ]

        def over() -> bool:
            if (found := others()) and self._held():
                self.step.progress(f"waiting for {found[0].action} by {found[0].asked_by}")
                return False
            return True

        wait_for(over, within_s=self.driver.up_within_s, every_s=POLL_S)
        return bool(others())

    def recent(self) -> list[Operation]:
        """The newest operations."""
        with connected(self.driver.settings, Role.OPERATOR) as connection:
            return recent_operations(connection, RECENT)

    def _held(self) -> bool:
        """Whether somebody is at work: one that died lets go after a while."""
        with connected(self.driver.settings, Role.OPERATOR) as connection:
            lock = fetch_one(connection, statement("lifecycle/lock_holder"))
        return bool(lock and lock["held"])
