"""What runs, where, and how to look at it: as a table and as JSON."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from clickledger.errors import ClickledgerError
from infra.part import Part
from infra.part_control import ask
from infra.stack import START_ORDER, Stack
from lifecycle.supervisor import ProgramState

HEADER = ("PROGRAM", "STATE", "WHERE", "UP FOR", "TO LOOK AT IT")


@dataclass(frozen=True)
class ProgramReport:
    """One program as it is now; ``state`` is what it answered, or why it did not."""

    program: str
    wanted: bool
    healthy: bool
    state: str
    where: str
    pid: int
    uptime_s: int
    look: str

    @property
    def right(self) -> bool:
        """As the settings want it: at work, or not there. Nobody misses made-up traffic."""
        may_be_down = not self.wanted or self.program == "traffic"
        return self.healthy or (may_be_down and self.pid == 0)


def report(stack: Stack) -> list[ProgramReport]:
    """Every program, asked all at once."""
    states = stack.states()
    with ThreadPoolExecutor(len(START_ORDER)) as pool:
        return list(pool.map(lambda name: _report(stack, name, states.get(name)), START_ORDER))


def _report(stack: Stack, name: str, state: ProgramState | None) -> ProgramReport:
    part, wanted = stack.part(name), name in stack.wanted()
    pid = state.pid if state and state.alive else 0
    healthy, said = _asked(part, pid) if pid else (False, _why_not(state, wanted=wanted))
    return ProgramReport(
        program=name,
        wanted=wanted,
        healthy=healthy,
        state=said,
        where=part.where,
        pid=pid,
        uptime_s=state.uptime_s if state else 0,
        look=part.look,
    )


def _asked(part: Part, pid: int) -> tuple[bool, str]:
    try:
        return True, ask(part, pid)
    except ClickledgerError as error:
        return False, str(error)


def _why_not(state: ProgramState | None, *, wanted: bool) -> str:
    if not wanted:
        return "not wanted"
    if state and state.state == "EXITED":
        return f"ended (exit code {state.exit_code})"
    return "down"


def as_table(found: list[ProgramReport]) -> str:
    """Aligned columns, one line a program."""
    rows = [HEADER] + [
        (each.program, each.state, each.where, _duration(each.uptime_s), each.look)
        for each in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_json(stack: Stack, found: list[ProgramReport]) -> str:
    """For programs."""
    return json.dumps(
        {"home": str(stack.home.path), "programs": [asdict(each) for each in found]}, indent=2
    )


def _duration(seconds: int) -> str:
    if seconds <= 0:
        return "-"
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"
