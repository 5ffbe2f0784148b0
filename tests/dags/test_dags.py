"""The DAG files: which there are, what every one keeps to, and the command lines they run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from cli.app import app
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
    "report_daily": {"publish", "announce", "copy", "tell"},
    "restate": {"show", "decide", "approve", "apply"},
    "stream_deploy": {"plan", "decide", "approve", "deploy"},
    "stream_restart": {"operate"},
    "stream_watch": {"look"},
}
# What a form might hold; the shell must hand it on as one word.
NASTY = '\'; touch x; $(id) "`id`" \\ $HOME'
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


def commands(dag_bag: DagBag) -> list[Any]:
    """Every task that runs a command."""
    return [
        task for dag in dag_bag.dags.values() for task in dag.tasks if hasattr(task, "bash_command")
    ]


def test_the_inventory(dag_bag: DagBag) -> None:
    assert dag_bag.import_errors == {}
    assert {name: set(dag.task_ids) for name, dag in dag_bag.dags.items()} == INVENTORY


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
            assert task.owner == "stream operators"
            waits_for_a_person = hasattr(task, "response_timeout")
            decides = task.task_id == "decide"
            assert task.execution_timeout or waits_for_a_person or decides
            assert task.retries in ({3} if waits_for_a_person else {0, 1})


def test_every_command_is_one_that_there_is(dag_bag: DagBag) -> None:
    """Each line, for each choice of its form, split as the shell does: the real parser takes it."""
    values = {
        "RELEASE": "r",
        "REASON": "why",
        "TOKEN": "t",
        "BY": "b",
        "FROM": "2026-01-01T10:00Z",
        "UNTIL": "2026-01-01T11:00Z",
        "LIST": "run",
        "RULES": "3",
        "CODE": "c" * 64,
        "DUPLICATES": "count",
        "FIRST": "",
        "LAST": "2026-01-31",
        "ANNOUNCED": "2026-01-15:2,2026-01-16:1",
    }
    found = set()
    for task, chosen in choices(dag_bag):
        line = task.bash_command.partition("clickledger ")[2].partition(" | ")[0]
        for name, value in (values | chosen).items():
            line = line.replace(f'"${name}"', shlex.quote(value))
        words = shlex.split(line.replace("$APPROVE", "--approve").replace("$PROVISIONAL", ""))
        found.add(" ".join(words[:2]))
        get_command(app).make_context("clickledger", words, resilient_parsing=False)
        parse(words)
    actions = ("restart", "drain", "start", "reset", "rollback", "plan", "deploy", "watch")
    stream = {f"stream {action}" for action in actions}
    batch = {
        *("reconcile --reason", "restate --from", "quality --by"),
        *("maintenance --dry-run", "maintenance --list", "export due", "export deliver"),
    }
    assert found == stream | batch | {f"game-day {name}" for name in SCENARIOS}


def choices(dag_bag: DagBag) -> Iterator[tuple[Any, dict[str, str]]]:
    """Every command, once for each choice that its form offers for one of its values."""
    for task in commands(dag_bag):
        offered = {
            f"{{{{ params.{name} }}}}": param.schema.get("enum", ())
            for name, param in task.dag.params.items()
        }
        chosen = [
            {name: choice} for name, text in task.env.items() for choice in offered.get(text, ())
        ]
        for each in chosen or [{}]:
            yield task, each


def parse(words: list[str]) -> None:
    """Fails for an option or argument that the command does not have; runs nothing."""
    command: Any = get_command(app)
    context = command.make_context("clickledger", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        command = command.commands[words[0]]
        words = words[1:]
    command.make_context(command.name, list(words), parent=context)


def test_what_is_restated_is_what_was_shown(dag_bag: DagBag) -> None:
    apply: Any = dag_bag.dags["restate"].get_task("apply")
    options = '--rules-version "$RULES" --code "$CODE" --duplicates "$DUPLICATES"'
    assert options in apply.bash_command
    for name, key in (
        ("RULES", "rules_version"),
        ("CODE", "code_fingerprint"),
        ("DUPLICATES", "duplicates"),
    ):
        assert apply.env[name] == f"{{{{ ti.xcom_pull(task_ids='show')['{key}'] }}}}"


def test_values_of_forms_are_environment_never_text(dag_bag: DagBag) -> None:
    for task in commands(dag_bag):
        assert "{{" not in task.bash_command
        assert task.append_env


def test_what_the_plan_named_is_deployed(dag_bag: DagBag) -> None:
    """Not what `current` is by the time that somebody has approved it."""
    dag: Any = dag_bag.dags["stream_deploy"]

    class Task:
        """What the tasks before have returned."""

        def xcom_pull(self, task_ids: str) -> Any:
            """As Airflow's."""
            return {"plan": {"to_release": "3f1c2aa-77b1c0de"}, "approve": {"chosen": 1}}[task_ids]

    values: dict[str, Any] = {"ti": Task(), "params": {"release": "current", "reason": "why"}}
    template = dag.get_template_env()
    found = {
        name: template.from_string(text).render(values)
        for name, text in dag.get_task("deploy").env.items()
        if name in {"RELEASE", "APPROVE"}
    }
    assert found == {"RELEASE": "3f1c2aa-77b1c0de", "APPROVE": "--approve"}


@pytest.mark.parametrize("name", ["REASON", "RELEASE", "BY"])
def test_the_shell_hands_a_nasty_value_on_as_one_word(dag_bag: DagBag, name: str) -> None:
    task: Any = dag_bag.dags["stream_deploy"].get_task("deploy")
    shown = task.bash_command.replace("clickledger", "printf '%s\\n'", 1).partition(" | ")[0]
    values = {"RELEASE": "r", "REASON": "w", "TOKEN": "t", "BY": "b", "APPROVE": "", name: NASTY}
    done = subprocess.run(
        ["bash", "-c", shown],
        env={**os.environ, **values},
        capture_output=True,
        text=True,
        check=True,
    )
    assert NASTY in done.stdout.splitlines()


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
