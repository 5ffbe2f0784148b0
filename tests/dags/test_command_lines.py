"""The command lines that tasks run: rendered, split by a real shell, taken by the real parser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from cli.app import app
from lifecycle.game_day import SCENARIOS

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.unit

# What every task runs. A word with a $ is the value of that variable, one with $? its words.
RESTATE = "restate --from $FROM --to $UNTIL --reason $REASON --by $BY"
LINES = {
    **{f"game_day.{name.replace('-', '_')}": f"game-day {name} --json" for name in SCENARIOS},
    "maintenance.list": "maintenance --dry-run --by $BY --json",
    "maintenance.delete": "maintenance --list $LIST --by $BY --json",
    "quality_days.judge": "quality --by $BY --json",
    "reconcile_hours.reconcile": "reconcile --reason reconcile_hours --by $BY --json",
    "report_daily.publish": "export due --from $FIRST --to $LAST $?PROVISIONAL --by $BY --json",
    "report_daily.news": "export news --json",
    "report_daily.copy": "export deliver --announced $ANNOUNCED --json",
    "report_daily.tell": "export deliver --mail --json",
    "restate.show": f"{RESTATE} --dry-run --json",
    "restate.apply": f"{RESTATE} --approve --rules-version $RULES --code $CODE"
    " --duplicates $DUPLICATES --json",
    "stream_deploy.plan": "stream plan $RELEASE --say-only --json",
    "stream_deploy.deploy": "stream deploy $RELEASE --reason $REASON --token $TOKEN --by $BY"
    " $?APPROVE --json",
    "stream_restart.operate": "stream $ACTION --reason $REASON --token $TOKEN --by $BY"
    " --asked-at $ASKED_AT --json",
    "stream_watch.look": "stream watch --for 50s --every 10s --say-only --json",
}
# What a person may have put into the forms, and what tasks before may have returned.
FORMS: dict[str, dict[str, object]] = {
    "report_daily": {"first": "2026-01-15", "last": "2026-01-31"},
    "restate": {"from": "2026-01-01T10:00Z", "to": "2026-01-01T11:00Z", "reason": "why"},
    "stream_deploy": {"reason": "why"},
    "stream_restart": {"reason": "why"},
}
RETURNED: dict[str, Any] = {
    "list": {"list": "run"},
    "show": {"rules_version": 3, "code_fingerprint": "c" * 64, "duplicates": "count"},
    "plan": {"to_release": "3f1c2aa-77b1c0de"},
    "approve": {"chosen_options": ["Approve"]},
    "announce": "2026-01-15:2,2026-01-16:1",
}
# What comes of them, beside the values of the forms themselves.
RENDERED = {
    "BY": "ann in Airflow",
    "LIST": "run",
    "RULES": "3",
    "CODE": "c" * 64,
    "DUPLICATES": "count",
    "ANNOUNCED": "2026-01-15:2,2026-01-16:1",
    "APPROVE": "--approve",
    "ASKED_AT": "2026-01-31T12:00:00+00:00",
}
# What a form might hold; the shell must hand it on as one word.
NASTY = '\'; touch x; $(id) "`id`" \\ $HOME *'
SHOWN = "clickledger() { printf '%s\\0' \"$@\"; }\n"
RUN = "manual__2026-01-31T12:00:00+00:00"


def tasks(dag_bag: DagBag) -> dict[str, Any]:
    """Every task that runs a command."""
    return {
        f"{dag.dag_id}.{task.task_id}": task
        for dag in dag_bag.dags.values()
        for task in dag.tasks
        if hasattr(task, "bash_command")
    }


def forms(task: Any) -> Iterator[dict[str, object]]:
    """The task's form, once for each choice that one of its fields offers."""
    params = task.dag.params
    form = {name: param.value for name, param in params.items()}
    form |= FORMS.get(task.dag.dag_id, {})
    yield form
    for name, param in params.items():
        yield from ({**form, name: choice} for choice in param.schema.get("enum", ()))
        if param.schema["type"] == "boolean":
            yield {**form, name: True}


def rendered(
    task: Any, form: Mapping[str, object], *, run: str = RUN, returned: Mapping[str, Any] = RETURNED
) -> dict[str, str]:
    """The task's environment as Airflow renders it: what a template misspells raises."""
    from airflow.sdk.execution_time import macros

    values = {
        "dag": task.dag,
        "dag_run": SimpleNamespace(
            triggering_user_name="ann", run_after=datetime(2026, 1, 31, 12, tzinfo=UTC)
        ),
        "macros": macros,
        "params": form,
        "run_id": run,
        "ti": SimpleNamespace(xcom_pull=lambda task_ids: returned[task_ids]),
    }
    template = task.dag.get_template_env()
    return {name: template.from_string(text).render(values) for name, text in task.env.items()}


def split(task: Any, values: Mapping[str, str]) -> list[str]:
    """The words that the program gets from a real shell."""
    done = subprocess.run(
        ["bash", "-c", SHOWN + task.bash_command],
        env={"PATH": os.environ["PATH"], "HOME": "/home", **values},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.split("\0")[:-1]


def expected(line: str, values: Mapping[str, str]) -> list[str]:
    """The words of a line of ``LINES``."""
    words: list[str] = []
    for word in line.split():
        if word.startswith("$?"):
            words += values[word[2:]].split()
        else:
            words.append(values[word[1:]] if word.startswith("$") else word)
    return words


def parse(words: list[str]) -> None:
    """Fails for an option or argument that the command does not have; runs nothing."""
    command: Any = get_command(app)
    context = command.make_context("clickledger", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        command = command.commands[words[0]]
        words = words[1:]
    command.make_context(command.name, list(words), parent=context)


def test_every_line_is_the_kept_one_and_one_that_there_is(dag_bag: DagBag) -> None:
    """For each choice of its form; the values are those of the form and of the tasks before."""
    found = tasks(dag_bag)
    assert found.keys() == LINES.keys()
    for name, task in found.items():
        for form in forms(task):
            values = rendered(task, form)
            words = split(task, values)
            assert words == expected(LINES[name], values), name
            parse(words)
            if name == "stream_restart.operate":
                assert words[1] == form["action"]


@pytest.mark.parametrize("name", LINES)
def test_variables_are_what_the_form_and_the_tasks_before_say(dag_bag: DagBag, name: str) -> None:
    """What the plan named is deployed, not what `current` is by then; what was shown is applied."""
    task = tasks(dag_bag)[name]
    form = next(forms(task))
    of_form = {
        "FIRST": form.get("first"),
        "LAST": form.get("last"),
        "FROM": form.get("from"),
        "UNTIL": form.get("to"),
        "REASON": form.get("reason"),
        "ACTION": form.get("action"),
        "RELEASE": "3f1c2aa-77b1c0de" if name == "stream_deploy.deploy" else form.get("release"),
        "PROVISIONAL": "",
        "TOKEN": f"{task.dag.dag_id}/{RUN}",
    }
    values = rendered(task, form)
    assert values == {each: (RENDERED | of_form)[each] for each in values}


@pytest.mark.parametrize("name", LINES)
def test_the_shell_hands_nasty_values_on_as_words(dag_bag: DagBag, name: str) -> None:
    task = tasks(dag_bag)[name]
    values = rendered(task, next(forms(task)))
    nasty = {
        each: value if f"$?{each}" in LINES[name] else f"{each} {NASTY}"
        for each, value in values.items()
    }
    assert split(task, nasty) == expected(LINES[name], nasty)


def test_what_nobody_was_asked_for_is_not_approved(dag_bag: DagBag) -> None:
    task = tasks(dag_bag)["stream_deploy.deploy"]
    unasked = rendered(task, next(forms(task)), returned=RETURNED | {"approve": None})
    assert unasked["APPROVE"] == ""


def test_a_run_is_one_token_however_long_its_name(dag_bag: DagBag) -> None:
    task = tasks(dag_bag)["stream_restart.operate"]
    form = next(forms(task))
    names = [f"{'n' * n}{end}" for n in (48, 49, 60, 200) for end in "ab"]
    tokens = [rendered(task, form, run=name)["TOKEN"] for name in names]
    assert len(set(tokens)) == len(names)
    assert list(map(len, tokens)) == [64] * len(names)
    assert tokens[0] == f"stream_restart/{names[0]}"


def test_values_of_forms_are_environment_never_text(dag_bag: DagBag) -> None:
    for task in tasks(dag_bag).values():
        assert "{{" not in task.bash_command
        assert task.append_env
