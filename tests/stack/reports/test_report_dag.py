"""Simulated days in a real Airflow: published, held back by the gate, released later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clickledger.mysql.migrations import migrate
from infra.airflow.client import AirflowClient
from infra.stack import AIRFLOW, SERVERS
from reports.checks import Status
from reports.verify import open_bundle, verify
from tests.stack.airflow_runs import await_end, log_in, run
from tests.stack.mysql.minutes import Row
from tests.stack.mysql.servers import Server
from tests.stack.reports.reported import DAY, ONE_DAY, Reported
from tests.stack.running_stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.long]
TASKS = ("publish", "every_day", "news", "announce", "copy", "tell")
THREE = [DAY - ONE_DAY, DAY, DAY + ONE_DAY]


@pytest.fixture(scope="module")
def days(stack: RunningStack) -> Iterator[Reported]:
    """The stack's own database, and its Airflow."""
    migrate(stack.settings)
    stack.stack.up((*SERVERS, *AIRFLOW))
    server = Server("mariadb", *stack.settings.mysql_address, *stack.administrator())
    with closing(server.admin(stack.settings.mysql_database)) as admin:
        yield Reported(stack.settings, admin)
    for name in AIRFLOW:
        stack.stack.stop(name)


@pytest.fixture(scope="module")
def airflow(days: Reported, stack: RunningStack) -> AirflowClient:
    """Logged in as the operator."""
    return log_in(stack.stack, "report_daily")


def published(airflow: AirflowClient, **conf: object) -> dict[str, Any]:
    """The days that a run looked at, by name: outcome, version and why."""
    number = run(airflow, "report_daily", **conf)
    tasks = airflow.tasks("report_daily", number)
    assert tasks == dict.fromkeys(TASKS, "success")
    found = airflow.result("report_daily", number, "publish")
    news = airflow.result("report_daily", number, "news")["unannounced"]
    assert {(each["day"], each["version"]) for each in news} <= set(events(airflow))
    return {day["day"]: (day["outcome"], day["version"], *day["why"]) for day in found["days"]}


def events(airflow: AirflowClient) -> list[tuple[str, int]]:
    """Day and version of every event of the asset."""
    found = airflow.ask("GET", "/api/v2/assets/events", params={"limit": 100})["asset_events"]
    return sorted((each["extra"]["day"], each["extra"]["version"]) for each in found)


def test_a_day_is_held_and_released(airflow: AirflowClient, days: Reported) -> None:
    published(airflow)  # behind the run that the schedule itself begins with
    days.begin_anew()
    first = published(airflow)
    names = [str(day) for day in THREE]
    fresh = ("published", 1, "first version")
    assert {name: first[name] for name in names} == dict.fromkeys(names, fresh)
    told = events(airflow)
    assert set(told) >= {(name, 1) for name in names}
    assert published(airflow) == {}
    assert events(airflow) == told

    days.add(Row(days.bounds().starts_at, "mobile", "late", 5, 1))
    held = ("held", 1, "1 of its 24 hours are not reconciled")
    assert published(airflow) == {str(DAY): held}
    assert events(airflow) == told
    days.reconcile()
    released = ("published", 2, "moved since v1: late events")
    assert published(airflow) == {str(DAY): released}
    assert (str(DAY), 2) in events(airflow)

    days.add(Row(days.bounds().starts_at, "mobile", "late", 5, 1))
    days.reconcile()
    by_hand = days.publish()
    assert (by_hand.outcome, by_hand.version) == ("published", 3)
    assert (str(DAY), 3) not in events(airflow)
    assert published(airflow) == {}
    assert (str(DAY), 3) in events(airflow)
    asked = published(airflow, first=str(DAY), last=str(DAY + ONE_DAY))
    assert asked == {
        str(DAY): ("unchanged", 3, "no hour has moved"),
        str(DAY + ONE_DAY): ("unchanged", 1, "no hour has moved"),
    }
    latest: Path = days.settings.exports / "clicks" / f"date={DAY}" / "latest"
    assert {check.status for check in verify(open_bundle(latest))} == {Status.OK}
    told_by_mail = days.ask("SELECT day, version FROM export_deliveries WHERE target = 'mail'")
    assert {"day": DAY, "version": 2} in told_by_mail


def test_a_day_that_fails_is_red_and_the_others_are_told_of(
    airflow: AirflowClient, days: Reported
) -> None:
    failing, good = DAY + ONE_DAY, DAY
    for day in (failing, good):
        noon = days.bounds(day).starts_at + ONE_DAY / 2
        days.add(Row(noon, "mobile", "later", 5, 1))
    days.reconcile()
    place: Path = days.settings.exports / "clicks" / f"date={failing}"
    place.rename(place.with_name("elsewhere"))
    place.touch()
    before = set(events(airflow))
    number = airflow.trigger("report_daily", {})
    await_end(airflow, "report_daily", number)
    assert airflow.run_state("report_daily", number) == "failed"
    assert airflow.tasks("report_daily", number) == {
        "publish": "failed",
        "every_day": "upstream_failed",
        **dict.fromkeys(("news", "announce", "copy", "tell"), "success"),
    }
    (new,) = set(events(airflow)) - before
    assert new[0] == str(good)
    place.unlink()
    place.with_name("elsewhere").rename(place)
    again = ("published", 2, "moved since v1: late events")
    assert published(airflow) == {str(failing): again}
