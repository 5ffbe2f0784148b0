"""Start, drain and kill the driver of a slot, through the supervisor."""

from __future__ import annotations

import time
from dataclasses import dataclass

from clickledger.settings import Settings
from lifecycle.slots import program_name
from lifecycle.supervisor import ProgramState, SupervisorClient, supervisor_of

POLL_S = 0.05


@dataclass(frozen=True)
class Runner:
    """Acts on processes only; what is wanted of them stands in MySQL before it is called."""

    supervisor: SupervisorClient

    def state(self, slot: str) -> ProgramState:
        """What the supervisor says of the slot's process."""
        return self.supervisor.state(program_name(slot))

    def start(self, slot: str) -> None:
        """Have the slot's launcher run; it may run already."""
        self.supervisor.ask_to_start(program_name(slot))

    def ask_to_drain(self, slot: str) -> None:
        """SIGTERM; the supervisor itself kills what does not end within ``stopwaitsecs``."""
        self.supervisor.ask_to_stop(program_name(slot))

    def kill(self, slot: str) -> None:
        """SIGKILL, and not started again. The epoch must have moved before (protocol P2)."""
        name = program_name(slot)
        # Frozen first, so that it cannot act on the stop signal by which supervisord learns that
        # this end is wanted.
        self.supervisor.send_signal(name, "STOP")
        self.supervisor.ask_to_stop(name)
        self.supervisor.send_signal(name, "KILL")
        self.await_end(slot, timeout_s=30)

    def await_end(self, slot: str, timeout_s: float) -> bool:
        """Wait until the slot has no process; ``False`` when it takes longer."""
        deadline = time.monotonic() + timeout_s
        while self.state(slot).alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True


def runner_of(settings: Settings) -> Runner:
    """The runner of the deployment that the settings name."""
    return Runner(supervisor_of(settings))
