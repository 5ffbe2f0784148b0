"""What the stack knows of each thing that it runs."""

from abc import ABC, abstractmethod
from typing import Protocol

from infra.program import Program
from infra.steps import Step


class Part(Protocol):
    """One program together with how to prepare it and how to ask whether it does its work."""

    @property
    def name(self) -> str:
        """As in ``supervisord.conf``."""

    @property
    def where(self) -> str:
        """Its address, or what stands for it."""

    @property
    def look(self) -> str:
        """A command that shows it at work."""

    @property
    def up_within_s(self) -> float:
        """How long it may take from start to work; recovery after a crash included."""

    @property
    def ports(self) -> tuple[int, ...]:
        """What it listens on."""

    def prepare(self, step: Step) -> None:
        """Have everything on disk that it needs to start; not called while it runs."""

    def program(self) -> Program:
        """What to start."""

    def is_current(self, pid: int) -> bool:
        """Whether process ``pid`` was started from exactly what would be started now."""

    def ask(self, pid: int) -> str:
        """Ask process ``pid`` for what only a healthy one can do; its answer, for a person.

        Raises:
            ClickledgerError: it does not do its work, or not yet.
        """


class OneProgram(ABC):
    """A part that is always the same one program."""

    @abstractmethod
    def program(self) -> Program:
        """See ``Part.program``."""

    def is_current(self, pid: int) -> bool:
        """See ``Part.is_current``."""
        return self.program().is_what_runs(pid)
