"""Runs the command line: in this process, or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from cli.app import app
from clickledger.settings import CHECKOUT

COMMAND = [sys.executable, "-c", "from cli.main import main; main()"]


def start(*arguments: str, env: dict[str, str], **options: Any) -> subprocess.Popen[bytes]:
    """A process of its own with these variables besides those of this process."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **env},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        **options,
    )


def invoke(*arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process of its own."""
    process = start(*arguments, env=env, stdin=subprocess.DEVNULL)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


def commands() -> Iterator[tuple[list[str], Any]]:
    """Every command with its words, groups too."""
    yield from _below([], get_command(app))


def _below(words: list[str], command: Any) -> Iterator[tuple[list[str], Any]]:
    yield words, command
    for name, each in getattr(command, "commands", {}).items():
        yield from _below([*words, name], each)


def required_arguments(command: Any) -> list[str]:
    """Values that fill what the command requires."""
    filled: list[str] = []
    for parameter in command.params:
        if parameter.required:
            value = {"ranges": "0:1:2", "length": "5m"}.get(parameter.name, "x")
            option = [] if isinstance(parameter, typer.core.TyperArgument) else parameter.opts[:1]
            filled += [*option, value]
    return filled
