"""The program that the supervisor runs in a slot: it *becomes* the release that is wanted there.

``python -m lifecycle.launcher a``. What to run stands in MySQL, so the same supervised program
serves every release. A writer that died is started again, slower and slower; a standby is not: the
operation that wanted it decides.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from clickledger.errors import (
    ClickledgerError,
    ConfigurationError,
    DatabaseUnreachableError,
    ExitCode,
)
from clickledger.mysql.connection import connected, fetch_one, is_connection_lost
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings, load_settings
from clickledger.slots import SLOTS, Wanted

log = logging.getLogger("lifecycle.launcher")
LONGEST_WAIT_S = 60
DATABASE_WITHIN_S = 120.0
PAUSE_S = 0.5


def wait_s(starts: int) -> int:
    """Seconds to wait before start number ``starts`` in a row: 0, 0, 2, 4, 8 … 60."""
    return 0 if starts <= 2 else min(2 ** (starts - 2), LONGEST_WAIT_S)


def next_start(settings: Settings, slot: str) -> dict[str, Any] | None:
    """The slot's row with its release's folder, after counting this start; ``None``: do not start.

    Raises:
        ConfigurationError: nobody has deployed a release there.
    """
    with connected(settings, Role.STREAM) as connection, _refusals_explained():
        row = fetch_one(connection, statement("lifecycle/slot_to_start"), (slot,))
        if row is None or row["wanted"] == Wanted.STOPPED:
            log.info("slot %s: nothing is wanted to run here", slot)
            return None
        if row["wanted"] == Wanted.STANDBY and row["starts"] > 0:
            log.info("slot %s: its standby has ended; the operation that wanted it decides", slot)
            return None
        if row["folder"] is None:
            raise ConfigurationError(
                f"Slot {slot} has no release.", next_step="`clickledger stream deploy`"
            )
        with connection.cursor() as cursor:
            cursor.execute(statement("lifecycle/count_start"), (row["starts"] + 1, slot))
    return row


@contextmanager
def _refusals_explained() -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        if is_connection_lost(error):
            raise DatabaseUnreachableError("MySQL went away while it was asked.") from None
        raise ConfigurationError(
            f"MySQL refused to say what runs in this slot (error {error.args[0]}).",
            next_step="`clickledger migrate` makes the tables and hands on the rights",
        ) from None


def become(settings: Settings, slot: str, row: dict[str, Any]) -> None:
    """Exec the driver of the release. Never returns."""
    environment = {
        **os.environ,
        "CLICKLEDGER_HOME": str(settings.home),
        "CLICKLEDGER_RELEASE": row["release_name"],
        "CLICKLEDGER_SLOT": slot,
    }
    os.chdir(row["folder"])
    os.execve(row["python"], [row["python"], "-m", "streaming"], environment)  # noqa: S606


def main(slot: str) -> int:
    """Exit code 0: nothing to run here. Otherwise the driver's own."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    deadline = time.monotonic() + DATABASE_WITHIN_S
    while True:
        try:
            settings = load_settings()
            row = next_start(settings, slot)
            break
        except DatabaseUnreachableError as error:
            if time.monotonic() > deadline:
                log.error("%s", error)
                return int(error.exit_code)
            time.sleep(PAUSE_S)
        except ClickledgerError as error:
            log.error("%s", error)
            return int(error.exit_code)
    if row is None:
        return 0
    if pause := wait_s(row["starts"] + 1):
        log.warning("start %d in a row: waiting %d s", row["starts"] + 1, pause)
        time.sleep(pause)
    try:
        become(settings, slot, row)
    except OSError as error:
        folder = row["folder"]
        log.error("%s cannot be run: %s", row["release_name"], error)
        log.error("`clickledger release create --source %s` makes its environment again", folder)
        return int(ExitCode.CONFIGURATION)
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([slot] for slot in SLOTS):
        sys.exit(f"usage: python -m lifecycle.launcher {'|'.join(SLOTS)}")
    sys.exit(main(sys.argv[1]))
