"""Start, drain and kill the driver of a slot, through the supervisor."""

from __future__ import annotations

from dataclasses import dataclass

from clickledger.settings import Settings
from clickledger.waiting import wait_for
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
        self.supervisor.kill(program_name(slot))
        self.await_end(slot, timeout_s=30)

    def await_end(self, slot: str, timeout_s: float) -> bool:
        """Wait until the slot has no process; ``False`` when it takes longer."""
        ended = wait_for(lambda: not self.state(slot).alive, within_s=timeout_s, every_s=POLL_S)
        return bool(ended)


def runner_of(settings: Settings) -> Runner:
    """The runner of the deployment that the settings name."""
    return Runner(supervisor_of(settings))
