"""Three days in a real Airflow, every DAG: one with a silent hour, one with no click at all.

But for `game_day`, which takes half an hour: its scenarios are played in test_game_day.py.
The days have gone by as far as Kafka and the batch layer can tell: records bear their own times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import Producer

from clickledger.clock import HOUR_MS, to_epoch_ms, utc_now
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from infra.airflow.client import AirflowClient
from infra.stack import AIRFLOW, SERVERS, Stack
from infra.stream_slots import PROGRAMS
from reports.checks import Status
from reports.verify import open_bundle, verify
from tests.stack.airflow_runs import approve, await_end, log_in, run
from tests.stack.lifecycle.conftest import operated_stream
from tests.stack.lifecycle.operated import Operated
from tests.stack.running_stack import RunningStack
from tests.stack.topic_settings import set_topic

pytestmark = [pytest.mark.stack, pytest.mark.long]
MIDNIGHT = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [MIDNIGHT - timedelta(days=ago) for ago in (3, 2, 1)]
NAMES = [str(day.date()) for day in DAYS]
SILENT_HOUR = 5
EVENTS_AN_HOUR = 200


@pytest.fixture(scope="module")
def operated(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """A stream of its own that nobody but Airflow operates, on a topic with its clients' times."""
    folder = tmp_path_factory.mktemp("days")
    own = {"archive_url": str(folder / "archive"), "exports_folder": folder / "exports"}
    (folder / "releases").mkdir()
    with operated_stream(stack, "days", folder / "releases", **own) as found:
        set_topic(found.settings, {"message.timestamp.type": "CreateTime"})
        Stack(found.settings).up((*SERVERS, *AIRFLOW))
        found.driver.write_slots()
        yield found
        stack.stop(*AIRFLOW, *PROGRAMS)


@pytest.fixture(scope="module")
def airflow(operated: Operated) -> AirflowClient:
    """Logged in as the operator."""
    return log_in(Stack(operated.settings), "restate")


def send(operated: Operated, hours: list[datetime], device: str = "d") -> None:
    """Events of these hours, each arriving a second later; counted when this returns."""
    producer = Producer({"bootstrap.servers": operated.settings.bootstrap_servers})
    for hour in hours:
        for n in range(EVENTS_AN_HOUR):
            time_ms = to_epoch_ms(hour) + n * HOUR_MS // EVENTS_AN_HOUR
            value = f"{device}{n % 40}|{'mobile' if n % 3 else 'web'}|{time_ms}|{n % 4}"
            producer.produce(operated.settings.topic, value.encode(), timestamp=time_ms + 1000)
    assert producer.flush(60) == 0
    operated.deployment.await_applied()


def rows(operated: Operated, text: str, *parameters: object) -> list[dict[str, Any]]:
    """Ask the database."""
    with connected(operated.settings, Role.READER) as connection:
        return fetch_all(connection, text, parameters or None)


def the_batch_layer(airflow: AirflowClient) -> dict[str, Any]:
    """As its schedules would: reconcile, judge, publish, tidy up; outcome and version by day."""
    run(airflow, "reconcile_hours")
    judged = airflow.result("quality_days", run(airflow, "quality_days"), "judge")["days"]
    assert {day["verdict"] for day in judged} <= {"passed", "warned"}
    found = airflow.result("report_daily", run(airflow, "report_daily"), "publish")["days"]
    run(airflow, "maintenance")
    return {day["day"]: (day["outcome"], day["version"]) for day in found}


def test_three_days(airflow: AirflowClient, operated: Operated) -> None:
    run(airflow, "stream_deploy", release="current", reason="three days")
    first, _, third = DAYS
    busy = [first + n * timedelta(hours=1) for n in range(24) if n != SILENT_HOUR]
    send(operated, busy + [third + n * timedelta(hours=1) for n in range(24)])

    assert the_batch_layer(airflow) == dict.fromkeys(NAMES, ("published", 1))
    run(airflow, "stream_watch")  # not before: in the afternoon half of Kafka's retention is over
    hours = rows(operated, "SELECT hour, state FROM hours WHERE hour < %s", MIDNIGHT)
    assert {row["state"] for row in hours} == {"reconciled"}
    assert len(hours) == 3 * 24
    silent = rows(
        operated, "SELECT SUM(events) AS events FROM clicks_by_day WHERE day = %s", NAMES[1]
    )
    assert silent == [{"events": None}]

    run(airflow, "stream_restart", action="restart", reason="in between")
    send(operated, [first], "late")
    assert the_batch_layer(airflow) == {NAMES[0]: ("published", 2)}

    restate_what_was_changed_by_hand(airflow, operated, third)
    # The figures are what was published before the change: no version.
    assert the_batch_layer(airflow) == {NAMES[2]: ("unchanged", 1)}
    for name in NAMES:
        latest = operated.settings.exports / "clicks" / f"date={name}" / "latest"
        assert {check.status for check in verify(open_bundle(latest))} == {Status.OK}
    operated.deployment.assert_exact()


def restate_what_was_changed_by_hand(
    airflow: AirflowClient, operated: Operated, hour: datetime
) -> None:
    """By the DAG, on a person's word."""
    with connected(operated.settings, Role.OWNER) as connection, connection.cursor() as cursor:
        changed = cursor.execute(
            "UPDATE clicks_by_minute SET clicks = clicks + 7 WHERE minute = %s LIMIT 1", (hour,)
        )
        assert changed == 1
    span = {"from": f"{hour:%Y-%m-%dT%H:%M:%SZ}", "to": f"{hour:%Y-%m-%dT}01:00:00Z"}
    number = airflow.trigger("restate", {**span, "reason": "changed by hand"})
    approve(airflow, "restate", number)
    await_end(airflow, "restate", number)
    assert airflow.tasks("restate", number) == dict.fromkeys(
        ("show", "decide", "approve", "apply"), "success"
    )
