"""A deployment whose hours are reconciled: what tests ask of it, and what must be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batch.correct.holds import release_hold
from batch.correct.undo import Undone, undo
from batch.reconcile.results import HourResult
from batch.reconcile.runs import Ask, Report
from batch.restate.runs import RestateAsk, Restated, Shown
from clickledger.clock import from_epoch_ms
from clickledger.ledger.audit import run_audit
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role, Settings
from tests.stack.batch.worker import Worker
from tests.stack.stream.deployment import Deployment
from tests.stack.stream.driver_process import DriverProcess
from tests.stack.stream.truth import Truth, read_books

BY_TESTS = Ask("tests", "a test")
HourKey = tuple[datetime, str, str]


@dataclass
class Reconciled:
    """One deployment and the process that runs the batch layer."""

    deployment: Deployment
    worker: Worker

    @property
    def settings(self) -> Settings:
        """Of the deployment."""
        return self.deployment.settings

    def start_stream(self) -> DriverProcess:
        """A driver that has taken over."""
        driver = self.deployment.driver()
        driver.await_running()
        return driver

    def send(self, values: Iterable[bytes | None]) -> None:
        """Send events and wait until they are counted, even where a test before left no stream."""
        self.deployment.running()
        self.deployment.send(values)
        self.deployment.await_applied()

    def reconcile(self, ask: Ask = BY_TESTS) -> Report:
        """Reconcile what is due."""
        return self.worker.reconcile(self.settings, ask).result(300)

    def result_of(self, hour: datetime, ask: Ask = BY_TESTS) -> HourResult:
        """Reconcile, and what came of one hour."""
        return next(found for found in self.reconcile(ask).results if found.hour == hour)

    def restate(
        self,
        start: datetime,
        end: datetime,
        *,
        approved: bool = True,
        shown: Shown | None = None,
        **changes: Any,
    ) -> Restated:
        """Restate hours under the deployment's settings, some of them changed."""
        ask = RestateAsk(start, end, "tests", "a test", approved=approved, shown=shown)
        settings = self.settings.model_copy(update=changes)
        return self.worker.restate(settings, ask).result(300)

    def undo(self, run: str) -> Undone:
        """Take a run's corrections back."""
        return undo(self.settings, run, "tests", "a test")

    def release(self, hour: datetime) -> None:
        """End a hold."""
        with connected(self.settings, Role.BATCH) as connection:
            release_hold(connection, hour, "tests", "a test")

    def is_held(self, hour: datetime) -> bool:
        """Whether it waits for a person."""
        return self.rows("SELECT hour FROM held_hours WHERE hour = %s", hour) != []

    def reopen(self, hour: datetime) -> None:
        """As a late event would."""
        self.harm("UPDATE hours SET state = 'reopened' WHERE hour = %s", hour)

    def rows(self, text: str, *parameters: Any) -> list[dict[str, Any]]:
        """Ask the database."""
        with connected(self.settings, Role.READER) as connection:
            return fetch_all(connection, text, parameters or None)

    def harm(self, text: str, *parameters: Any) -> int:
        """Change the database by hand; how many rows."""
        with connected(self.settings, Role.OWNER) as connection, connection.cursor() as cursor:
            return cursor.execute(text, parameters or None)

    def state(self, hour: datetime) -> str:
        """Of an hour."""
        found: str = self.rows("SELECT state FROM hours WHERE hour = %s", hour)[0]["state"]
        return found

    def minutes(self) -> dict[HourKey, tuple[int, int]]:
        """(clicks, events) of every minute row."""
        return read_books(self.settings).minutes

    def true_minutes(self) -> dict[HourKey, tuple[int, int]]:
        """What the oracle makes of all below the ledger, by the deployment's rules."""
        return Truth(self.settings).books(self.deployment.applied()).minutes

    def assert_hours_exact(self) -> None:
        """Hour rows of reconciled hours equal what the oracle makes of all below the ledger."""
        expected: dict[HourKey, list[int]] = defaultdict(lambda: [0, 0])
        states = {row["hour"]: row["state"] for row in self.rows("SELECT hour, state FROM hours")}
        truth = self.deployment.truth.books(self.deployment.applied())
        for (minute, kind, device), counts in truth.minutes.items():
            hour = minute.replace(minute=0)
            if states[hour] == "reconciled":
                sums = expected[hour, kind, device]
                sums[0] += counts[0]
                sums[1] += counts[1]
        text = """SELECT built.* FROM clicks_by_hour AS built
            JOIN hours ON hours.hour = built.hour WHERE hours.state = 'reconciled'"""
        built = {
            (row["hour"], row["device_type"], row["device_id"]): [row["clicks"], row["events"]]
            for row in self.rows(text)
        }
        assert built == expected
        self.assert_types_exact(built)

    def assert_types_exact(self, built: dict[HourKey, list[int]]) -> None:
        """Type rows are the sums of the hour rows, with as many devices as there are rows."""
        expected: dict[tuple[datetime, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for (hour, kind, _), counts in built.items():
            sums = expected[hour, kind]
            for index, count in enumerate((*counts, 1)):
                sums[index] += count
        text = """SELECT built.* FROM type_clicks_by_hour AS built
            JOIN hours ON hours.hour = built.hour WHERE hours.state = 'reconciled'"""
        found = {
            (row["hour"], row["device_type"]): [row["clicks"], row["events"], row["devices"]]
            for row in self.rows(text)
        }
        assert found == expected

    def assert_books_balance(self) -> None:
        """The audit finds nothing."""
        with connected(self.settings, Role.READER) as connection:
            report = run_audit(connection)
        assert report.ok, report.as_dict()


def hour_of(time_ms: int) -> datetime:
    """The hour of an event's time."""
    return from_epoch_ms(time_ms - time_ms % 3_600_000)
