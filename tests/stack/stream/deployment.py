"""One deployment of the stream for one test: its own database, topic and home on a shared stack."""

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from pydantic import SecretStr

from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.audit import run_audit
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from clickledger.settings_environment import settings_environment
from tests.awaiting import await_that
from tests.stack.stream.driver_process import DriverProcess
from tests.stack.stream.truth import Books, Truth, read_books


@dataclass
class Deployment:
    """Settings for this process, and the same as environment for the processes it starts."""

    settings: Settings
    environment: dict[str, str]
    python: Path = Path(sys.executable)  # of drivers
    drivers: list[DriverProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.truth = Truth(self.settings)

    # --- Kafka -----------------------------------------------------------------------------

    def producer(self) -> Producer:
        """For many small ``send``s."""
        return Producer(
            {
                "bootstrap.servers": self.settings.bootstrap_servers,
                "linger.ms": 20,
                "queue.buffering.max.messages": 2_000_000,
                "partitioner": "random",
            }
        )

    def send(
        self,
        values: Iterable[bytes | None],
        partition: int | None = None,
        producer: Producer | None = None,
    ) -> int:
        """Produce records as they are and wait for every acknowledgement; returns how many."""
        producer = producer or self.producer()
        where = -1 if partition is None else partition  # -1: the partitioner's choice
        sent = 0
        for value in values:
            producer.produce(self.settings.topic, value, partition=where)
            sent += 1
            if sent % 1000 == 0:
                producer.poll(0)
        assert producer.flush(60) == 0
        return sent

    @contextmanager
    def sending(self, every_s: float, events: Callable[[int], Iterable[bytes]]) -> Iterator[None]:
        """``events(0)``, ``events(1)`` … so often while the block runs."""
        ended = threading.Event()

        def send() -> None:
            producer = self.producer()  # a new one for each turn costs half a core
            for turn in itertools.count():
                if ended.wait(every_s):
                    return
                self.send(events(turn), producer=producer)

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def ends(self) -> dict[int, int]:
        """The ``read_committed`` end of every partition."""
        with TopicLog(self.settings) as log:
            return log.stable_ends(log.describe().partitions)

    # --- the ledger --------------------------------------------------------------------------

    def applied(self) -> dict[int, int]:
        """Next offsets by partition."""
        with connected(self.settings, Role.READER) as connection:
            return next_offsets(read_positions(connection, self.settings.topic))

    def await_applied(self, timeout_s: float = 120) -> None:
        """Until the ledger stands at the end of the topic; a driver that ended fails the test."""
        ends = self.ends()

        def at_the_end() -> bool:
            for driver in self.drivers:
                driver.assert_no_surprise()
            return self.applied() == ends

        await_that(at_the_end, f"ledger at {ends}", timeout_s=timeout_s)

    def await_records(self, goal: int) -> None:
        """Until at least ``goal`` offsets are applied."""
        await_that(lambda: sum(self.applied().values()) >= goal, f"{goal} offsets applied")

    def assert_exact(self) -> Books:
        """The tables equal what the oracle makes of all below the ledger, and the audit is clean.

        For books at rest: no driver runs, or it has nothing to do.
        """
        expected, found = self.truth.books(self.applied()), read_books(self.settings)
        assert found == expected
        self.assert_books_balance()
        return found

    def assert_books_balance(self) -> None:
        """The audit is clean."""
        with connected(self.settings, Role.READER) as connection:
            report = run_audit(connection)
        assert report.ok, report.as_dict()

    def allow_rejects(self, partition: int, start: int, end: int) -> None:
        """An operator's word, as `clickledger stream allow-rejects` writes it."""
        text = """INSERT INTO reject_allowances (token, topic, kafka_partition, start_offset,
                  end_offset, allowed_by, reason, created_at)
                  VALUES ('t-1', %s, %s, %s, %s, 'tests', 'known garbage', UTC_TIMESTAMP(3))"""
        with connected(self.settings, Role.STREAM) as connection, connection.cursor() as cursor:
            cursor.execute(text, (self.settings.topic, partition, start, end))

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        with connected(self.settings, Role.OWNER) as connection:
            tables = [
                row["name"]
                for row in fetch_all(
                    connection,
                    "SELECT table_name AS name FROM information_schema.tables"
                    " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
                )
            ]
            return {name: fetch_all(connection, f"SELECT * FROM {name}") for name in tables}

    def restore(self, dump: dict[str, list[dict[str, Any]]]) -> None:
        """Put a dump back, in one transaction."""
        with connected(self.settings, Role.OWNER) as connection, connection.cursor() as cursor:
            connection.begin()
            for name, rows in dump.items():
                cursor.execute(f"DELETE FROM {name}")
                if rows:
                    columns, marks = ", ".join(rows[0]), ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(
                        f"INSERT INTO {name} ({columns}) VALUES ({marks})",
                        [tuple(row.values()) for row in rows],
                    )
            connection.commit()

    # --- the driver --------------------------------------------------------------------------

    def driver(self, failpoint: str = "", **changes: str) -> DriverProcess:
        """Start a driver; ``changes`` are settings for it alone (``trigger_interval_ms="0"``)."""
        environment = dict(self.environment)
        environment |= {f"CLICKLEDGER_{name.upper()}": value for name, value in changes.items()}
        folder = self.settings.home / f"failpoint-{len(self.drivers)}"
        if failpoint:
            folder.mkdir()
            environment["CLICKLEDGER_FAILPOINT"] = f"{failpoint}:{folder}"
        log = self.settings.home / f"driver-{len(self.drivers)}.log"
        started = DriverProcess(self.python, environment, log, folder / failpoint)
        self.drivers.append(started)
        return started

    def running(self) -> DriverProcess:
        """The driver that is up; a new one where there is none."""
        return next(iter(self._alive()), None) or self.driver()

    def rest(self) -> None:
        """Drain what is up."""
        for driver in self._alive():
            driver.drain()

    def _alive(self) -> list[DriverProcess]:
        return [driver for driver in self.drivers if driver.process.poll() is None]

    def close(self) -> None:
        """Leave no process behind."""
        for driver in self.drivers:
            driver.kill_all()


def environment_of(settings: Settings) -> dict[str, str]:
    """What makes another process load the same settings; its home has no ``secrets.env``."""
    secrets = {
        f"CLICKLEDGER_{name.upper()}": value.get_secret_value()
        for name, value in settings
        if isinstance(value, SecretStr)
    }
    return {**os.environ, **settings_environment(settings), **secrets, "PYTHONUNBUFFERED": "1"}


def link_jars(home: Path, stack_home: Path) -> None:
    """Let a deployment's home use the stack's jars."""
    home.mkdir(parents=True)
    (home / "jars").symlink_to(stack_home / "jars")
