"""What tests of embedded stacks in homes of their own share."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from clickledger.settings import ENVIRONMENTS_FOLDER
from infra.ownership import owned_processes
from infra.stack import Stack
from tests.awaiting import await_that
from tests.stack.ports import free_port_base
from tests.stack.running_stack import RunningStack
from tests.stack.stream.deployment import link_jars


def home_with_packages(home: Path, stack: RunningStack) -> Path:
    """A new home that has nothing but the jars and the packages that ``stack`` has fetched."""
    link_jars(home, stack.home)
    (home / ENVIRONMENTS_FOLDER).parent.mkdir()
    (home / ENVIRONMENTS_FOLDER).symlink_to(stack.home / ENVIRONMENTS_FOLDER)
    return home


def own_ports() -> int:
    """The first of three free ones, below those that the kernel gives to clients."""
    return free_port_base(27000, 30000)


def kill_everything(stack: Stack) -> None:
    """Again and again: a supervisor that is still there starts its programs again."""

    def all_gone() -> bool:
        found = owned_processes(stack.home.path)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not found

    await_that(all_gone, "all are gone", timeout_s=20)
