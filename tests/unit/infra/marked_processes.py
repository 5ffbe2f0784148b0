"""Processes that carry the mark of a home."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.ownership import MARKER, marker

SLEEP = "import time; print('ready', flush=True); time.sleep(60)"
# Does not end when it is asked to.
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
LISTEN = f"import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));{SLEEP}"


@contextmanager
def marked_process(
    name: str, home: Path, text: str = SLEEP, *arguments: object
) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs ``text`` as program ``name`` of ``home``."""
    with subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        env={**os.environ, MARKER: marker(name, home)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
