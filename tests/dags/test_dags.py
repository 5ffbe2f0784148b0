"""The DAG files: which there are, and what every one keeps to."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from clickledger.settings import CHECKOUT
from lifecycle.game_day import SCENARIOS

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.unit
INVENTORY = {
    "game_day": {
        *("kill_jvm", "kill_driver", "freeze_driver"),
        *("second_driver", "cut_mysql", "delete_checkpoint", "report"),
    },
    "maintenance": {"list", "delete"},
    "quality_days": {"judge"},
    "reconcile_hours": {"reconcile"},
    "report_daily": {"publish", "every_day", "news", "announce", "copy", "tell"},
    "restate": {"show", "decide", "approve", "apply"},
    "stream_deploy": {"plan", "decide", "approve", "deploy"},
    "stream_restart": {"operate"},
    "stream_watch": {"look"},
}
# In UTC; ``None``: by hand only. Each batch DAG comes after the one whose work it goes on with.
SCHEDULES = {
    "game_day": None,
    "maintenance": "40 2 * * *",
    "quality_days": "40 * * * *",
    "reconcile_hours": "20 * * * *",
    "report_daily": "50 * * * *",
    "restate": None,
    "stream_deploy": None,
    "stream_restart": None,
    "stream_watch": "* * * * *",
}
BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy!r}:
            raise ImportError(f"a DAG file imports {{name}}")
sys.meta_path.insert(0, Block())
sys.path.insert(0, "dags")
import airflow.sdk
import airflow.providers.standard.operators.bash
import airflow.providers.standard.operators.hitl
import airflow.providers.smtp.notifications.smtp
import time
for name in {names!r}:
    began = time.process_time()
    __import__(name)
    print(name, time.process_time() - began)
"""
HEAVY = {"pyspark", "pymysql", "pandas", "great_expectations", "kafka", "clickledger", "lifecycle"}


def test_the_inventory(dag_bag: DagBag) -> None:
    assert dag_bag.import_errors == {}
    assert {name: set(dag.task_ids) for name, dag in dag_bag.dags.items()} == INVENTORY


def test_the_schedules(dag_bag: DagBag) -> None:
    """A cron line is a trigger in Airflow 3: no run has a data interval."""
    found: dict[str, Any] = {name: dag.schedule for name, dag in dag_bag.dags.items()}
    assert found == SCHEDULES
    for name, line in SCHEDULES.items():
        timetable = type(dag_bag.dags[name].timetable).__name__
        assert timetable == ("CronTriggerTimetable" if line else "NullTimetable")


def test_every_dag_keeps_to_the_policy(dag_bag: DagBag) -> None:
    for dag in dag_bag.dags.values():
        assert dag.doc_md is not None
        assert len(dag.doc_md) > 300
        assert dag.description
        assert dag.tags in ({"stream"}, {"batch"})
        assert dag.max_active_runs == 1
        assert dag.catchup is False
        assert dag.dagrun_timeout is not None
        for task in dag.tasks:
            keeps_to_the_policy(task)


def keeps_to_the_policy(task: Any) -> None:
    """Everything ends by itself, and no answer is a no."""
    assert task.owner == "stream operators"
    if hasattr(task, "response_timeout"):
        assert (bool(task.response_timeout), task.defaults, task.retries) == (True, ["Reject"], 3)
    else:
        assert task.execution_timeout
        assert task.retries in {0, 1}


def test_the_report_of_a_game_day_names_what_did_not_end_well(dag_bag: DagBag) -> None:
    """A scenario that failed has returned nothing."""
    dag: Any = dag_bag.dags["game_day"]
    report = dag.get_task("report").python_callable
    played = [[{"scenario": name}] for name in SCENARIOS]
    assert report(played) == [{"scenario": name} for name in SCENARIOS]
    with pytest.raises(RuntimeError, match="1 scenarios did not end well"):
        report([*played[:-1], None])


def test_dag_files_import_nothing_heavy_and_are_read_at_once() -> None:
    text = BLOCKED.format(
        heavy=HEAVY, names=["commands", "mails", "alarms", "publications", *INVENTORY]
    )
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    taken = dict(line.split() for line in done.stdout.splitlines())
    assert taken.keys() == {"commands", "mails", "alarms", "publications", *INVENTORY}
    assert max(map(float, taken.values())) <= 0.5
