"""Brings one part up and takes it down, through the supervisor."""

import time
from collections.abc import Sequence

from clickledger.errors import ClickledgerError, ConfigurationError
from infra.errors import StackError
from infra.home import Home
from infra.part import Part
from infra.preflight import port_problem
from infra.steps import step
from infra.supervision import Supervisor
from lifecycle.supervisor import ProgramState

LOG_LINES_IN_AN_ERROR = 15


def launch(part: Part, supervisor: Supervisor, home: Home) -> int:
    """Have the part's process run, as its settings are now; its process id.

    One that is already so is left alone. Whether it does its work is ``await_work``'s question.

    Raises:
        ConfigurationError: one of its ports is taken.
    """
    with step(part.name) as running:
        program = part.program()
        state = supervisor.state(part.name)
        if state.alive and state.state != "STOPPING" and part.is_current(state.pid):
            running.outcome = "runs already"
            return state.pid
        if state.alive:
            running.progress("its settings changed: ending it first")
            supervisor.stop(part.name)
        _require_free_ports(part, home)
        part.prepare(running)
        program.write(home)
        supervisor.launch(part.name)
        running.outcome = "restarted with changed settings" if state.alive else "started"
        return supervisor.state(part.name).pid


def await_work(part: Part, pid: int, supervisor: Supervisor, home: Home) -> None:
    """Wait until process ``pid`` answers.

    Raises:
        StackError: it ended, or does not answer in time; with the end of its log.
    """
    with step(f"{part.name} at work") as running:
        deadline = time.monotonic() + part.up_within_s
        while True:
            state = supervisor.state(part.name)
            if not state.alive or state.pid != pid:
                supervisor.stop(part.name)  # else it would be restarted, over and over
                raise StackError(_how_it_ended(state, home))
            try:
                running.outcome = ask(part, pid)
            except ClickledgerError as error:
                if time.monotonic() > deadline:
                    end = log_end(home, part.name)
                    raise StackError(f"{part.name} does not do its work: {error}\n{end}") from None
                running.progress("waiting for its answer")
                time.sleep(0.1)
            else:
                return


def ask(part: Part, pid: int) -> str:
    """What the part's process answers; see ``Part.ask``."""
    if not part.is_current(pid):
        raise StackError(f"{part.name} runs with other settings than yours, or is just starting.")
    return part.ask(pid)


def take_down(name: str, programs: Sequence[str], supervisor: Supervisor) -> None:
    """End a part's programs in order and say how they ended."""
    with step(name) as running:
        ran = [program for program in programs if supervisor.state(program).alive]
        codes = [supervisor.stop(program).exit_code for program in ran]
        if name != "stream":
            running.outcome = "ended"
        elif not any(codes):
            running.outcome = "drained"
        else:
            running.outcome = f"ended without draining (exit code {max(codes)})"


def _require_free_ports(part: Part, home: Home) -> None:
    found = [problem for port in part.ports for problem in port_problem(port, home.path)]
    if found:
        raise ConfigurationError("\n".join(map(str, found)))


def _how_it_ended(state: ProgramState, home: Home) -> str:
    code = f" with exit code {state.exit_code}" if state.exit_code > 0 else ""
    return f"{state.name} ended{code} while it was coming up.\n{log_end(home, state.name)}"


def log_end(home: Home, name: str) -> str:
    """Where a program's log is, and its last lines."""
    path = home.logs / f"{name}.log"
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    shown = "\n".join(f"    {line}" for line in lines[-LOG_LINES_IN_AN_ERROR:])
    return f"  The end of {path}:\n{shown}"
