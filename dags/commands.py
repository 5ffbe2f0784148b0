"""How every DAG calls this program: one command line a task, its values as environment variables.

Values from forms never become shell text: the command names ``"$REASON"``, the shell hands it on as
one word, whatever is in it. DAG files import nothing of the program; the command does the work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Param

# The run is the operation: cleared or retried, a task asks for the same one again. A token has 64
# characters at most: of a longer name the end is digested, for two runs may begin alike.
TOKEN = """\
{%- set run = dag.dag_id ~ '/' ~ run_id -%}
{%- set digest = macros.uuid.uuid5(macros.uuid.NAMESPACE_OID, run).hex -%}
{{- run if run | length <= 64 else run[:31] ~ '-' ~ digest -}}
"""  # noqa: S105  a template
ASKED_AT = "{{ dag_run.run_after.isoformat() }}"  # the button was pressed; a cleared run keeps it
BY = "{{ (dag_run.triggering_user_name or 'airflow') ~ ' in Airflow' }}"
DEFAULTS: dict[str, Any] = {
    "owner": "stream operators",
    "retries": 1,  # the second try finds what the first one did, by its token
    "retry_delay": timedelta(seconds=5),
}
# Keyword arguments of every DAG; those that a person starts say no more than what differs.
ALL_DAGS: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["stream"],
}
BY_HAND: dict[str, Any] = ALL_DAGS | {"schedule": None, "default_args": DEFAULTS}


WHY = Param(
    "",
    type="string",
    minLength=1,
    maxLength=1000,
    title="Why?",
    description="A sentence for whoever reads `clickledger stream history` later.",
)


def last_document(output: str) -> Any:
    """The JSON document that a command printed, as the task's result."""
    return json.loads(output)


def command(
    task_id: str,
    line: str,
    values: Mapping[str, str] | None = None,
    *,
    timeout: timedelta = timedelta(minutes=10),
    output_processor: Callable[[str], Any] = last_document,
    **options: Any,
) -> BashOperator:
    """A task that is ``clickledger <line>``; ``values`` are templates, given as environment.

    ``output_processor``: from what it printed to the task's result.
    """
    return BashOperator(
        task_id=task_id,
        # On stderr, and so in the log: words. The document is one line for BashOperator, which
        # keeps the last one.
        bash_command=f"set -o pipefail; clickledger {line} | tr -d '\\n'",
        env={**(values or {}), "TOKEN": TOKEN, "BY": BY},
        append_env=True,
        execution_timeout=timeout,
        output_processor=output_processor,
        skip_on_exit_code=None,
        **options,
    )
