"""The streaming driver under the supervisor: two slots, and the release of this checkout in one."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import pymysql

from clickledger.errors import ClickledgerError
from clickledger.mysql.connection import connected
from clickledger.settings import CHECKOUT, Role, Settings
from clickledger.settings_environment import settings_environment
from clickledger.slots import SLOTS
from infra.errors import StackError
from infra.home import Home
from infra.java import java_home
from infra.program import Program
from infra.steps import Step
from lifecycle.desired import desire
from lifecycle.health import observe
from lifecycle.operations import operator
from lifecycle.slots import program_name
from lifecycle.supervisor import ProgramState

AWAY = (ClickledgerError, pymysql.MySQLError)  # the database may be down with the rest
AT_REST_REASON = "make down"
PROGRAMS = tuple(program_name(slot) for slot in SLOTS)


@dataclass(frozen=True)
class StreamDriver:
    """The Spark job from Kafka into MySQL, in whichever slot it is."""

    settings: Settings
    home: Home

    name = "stream"
    where = "Kafka → MySQL"
    look = ".venv/bin/clickledger stats"
    ports = ()
    up_within_s = 180.0
    reason = "make up"  # of the operation that brings it up
    logs = "`make logs NAME=stream-a` and `NAME=stream-b` show what the driver said"

    def prepare(self, step: Step) -> None:
        """Have both slots ready."""
        self.write_slots()

    def write_slots(self) -> None:
        """Tell the launchers of both slots what they run with."""
        for slot in SLOTS:
            self.slot_program(slot).write(self.home)

    def slot_program(self, slot: str) -> Program:
        """The launcher of one slot: it becomes the release that is wanted there."""
        # Turning the traffic off must not restart the stream.
        settings = {
            name: value
            for name, value in settings_environment(self.settings).items()
            if not name.startswith("CLICKLEDGER_TRAFFIC")
        }
        environment = {**settings, "JAVA_HOME": str(java_home())}
        argv = (sys.executable, "-m", "lifecycle.launcher", slot)
        return Program(program_name(slot), argv, CHECKOUT, environment, slow_down=False)

    def program(self) -> Program:
        """That of the first slot, for comparisons."""
        return self.slot_program(SLOTS[0])

    def is_current(self, pid: int) -> bool:
        """Whether process ``pid`` runs with the settings as they are now, in either slot."""
        return any(self.slot_program(slot).is_what_runs(pid) for slot in SLOTS)

    def say_at_rest(self) -> None:
        """Write down that it is down on purpose, or whoever watches takes that for trouble."""
        with suppress(*AWAY), connected(self.settings, Role.OPERATOR) as connection:
            desire(connection, "drained", operator(), AT_REST_REASON)

    def take_back_rest(self) -> None:
        """It shall run again. A drain that a person asked for stays one."""
        with suppress(*AWAY), connected(self.settings, Role.OPERATOR) as connection:
            if observe(connection, None).state["desired_reason"] == AT_REST_REASON:
                desire(connection, "running", operator(), self.reason)

    def ask(self, pid: int) -> str:
        """Its heartbeat row: of this very process, and fresh."""
        try:
            with connected(self.settings, Role.READER) as connection:
                seen = observe(connection, None)
        except pymysql.MySQLError as error:
            raise StackError(f"The stream's heartbeat cannot be read: {error}.") from None
        state, age = seen.state, seen.heartbeat_age_s
        if state["pid"] != pid or age is None:
            raise StackError("The stream has not reported yet.")
        if state["state"] != "running" or not seen.heartbeat_is_fresh:
            raise StackError(f"The stream is {state['state']}, as of {age:.1f} s ago.")
        lag = state["lag_events"]
        return "running" if lag is None else f"running, {lag} events behind"


def stream_state(states: Mapping[str, ProgramState]) -> ProgramState:
    """What is to be said of the stream as one program: the slot that has run for longest."""
    found = [states[name] for name in PROGRAMS]
    best = max(found, key=lambda state: (state.alive, state.uptime_s, state.exit_code > 0))
    return ProgramState("stream", best.state, best.pid, best.uptime_s, best.exit_code)
