"""What is wanted here, and the JVM, before all else: it comes up while the rest is imported.

Kafka's client, PySpark and Arrow take Python a second to load, nearly as long as the JVM needs.
Whatever this module imports, every start waits for.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import connected, fetch_one
from clickledger.mysql.statements import statement
from clickledger.release import release_name
from clickledger.settings import Role, Settings
from clickledger.slots import Wanted
from clickledger.spark.jvm import Jvm, jvm_options, start_jvm
from streaming.drain import DrainedError, DrainGate
from streaming.slot import Slot

if TYPE_CHECKING:
    from streaming.starting import Running

log = logging.getLogger(__name__)


class Starter:
    """Starts one driver; ``fail`` hears what goes wrong afterwards, in any thread."""

    def __init__(
        self, settings: Settings, gate: DrainGate, fail: Callable[[BaseException], None]
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._fail = fail
        self.slot = Slot(settings)
        self._jvm: Jvm | None = None
        self._born = time.monotonic()

    def start(self) -> Running:
        """Everything up to the running query of a writer.

        Raises:
            DrainedError: a drain was asked for meanwhile, or is the desired state.
            ClickledgerError: a check refused; nothing was written.
        """
        with connected(self._settings, Role.STREAM) as connection:
            look = self.slot.look(connection)
            if look.wanted is Wanted.STOPPED:
                log.info("slot %s is not wanted to run", self.slot.name)
                raise DrainedError
            self.slot.starting(connection)
            if look.wanted is Wanted.WRITER:  # a standby leaves the stream's own row alone
                self._announce(connection)
            self._jvm = start_jvm(jvm_options(self._settings))
            from streaming.starting import Start

            start = Start(self._settings, self._gate, self._fail, self.slot, self._born)
            return start.run(connection, self._jvm, look.wanted)

    def require_jvm_not_killed(self) -> None:
        """``Jvm.require_not_killed``, of one that there is."""
        if self._jvm is not None:
            self._jvm.require_not_killed()

    def stop_jvm(self) -> None:
        """End the JVM, however far the start came."""
        if self._jvm is not None:
            self._jvm.stop(timeout_s=1.0)

    def _announce(self, connection: Connection[Cursor]) -> None:
        desired = fetch_one(connection, statement("stream/desired"))
        if desired and desired["desired_state"] == "drained":
            log.info("the desired state is drained: `clickledger stream start` changes it")
            raise DrainedError
        with connection.cursor() as cursor:
            cursor.execute(
                statement("stream/starting"),
                (socket.gethostname(), os.getpid(), release_name(self._settings)),
            )
