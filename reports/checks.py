"""What ``verify`` finds: one line a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    MOVED = "moved"  # true when it was published; hours have moved since
    NOT_APPLICABLE = "n/a"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    name: str
    status: Status
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"status": self.status.value}


def passed(checks: Iterable[Check]) -> bool:
    """Whether nothing failed; what has moved since has not."""
    return all(check.status is not Status.FAILED for check in checks)


def judged(name: str, troubles: Sequence[str], fine: str) -> Check:
    """Failed where there are troubles."""
    if troubles:
        return Check(name, Status.FAILED, "; ".join(troubles))
    return Check(name, Status.OK, fine)


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """A check on files that may be damaged in any way: whatever they do to a reader, it failed."""
    try:
        return check()
    except Exception as error:
        words = str(error).splitlines() or [""]
        return Check(name, Status.FAILED, f"cannot be read: {type(error).__name__}: {words[0]}")
