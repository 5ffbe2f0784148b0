"""Publish the days that are over, as bundles that can be verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, get_current_context, task
from commands import ALL_DAGS, DEFAULTS, command
from publications import DAYS, PUBLISHED, ReportMail, named

DOC = """
### Publish the days that are over

Ten minutes before every hour, after reconciling and judging: each day of the report time zone that
is over and has something new to say becomes a folder under `exports/`, with Parquet, CSV, a
workbook, a page and a manifest. A day whose figures moved gets another version that says what moved
and why; all others are left alone. Which days are due is not a matter of this schedule: a run that
was missed is made up for by the next one.

**publish** is green also when a day is held back (an hour is not reconciled, an incident is open, a
critical expectation failed): its log says which and why, and the last good version stays. Red means
that a day could not be written, and so are **every_day** and the run. The other days go their way
all the same: **news** lists the versions that are new (made by hand, too), **announce** emits the
asset `clickledger_days` for each, **copy** brings it to the delivery URL, **tell** mails a summary;
once a version, ever.

By hand: *Trigger* with the days that you want, also provisional. That is a backfill, too: Airflow's
own has nothing to do here, for a run asks for days, not for its date. Safe to clear and to retry.
`docs/bundle.md` says what is in a bundle, `docs/runbooks/report-held.md` what holds a day back.
"""

with DAG(
    dag_id="report_daily",
    description="Publish each day that is over as a bundle; deliver and tell once a version.",
    doc_md=DOC,
    schedule="50 * * * *",
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULTS,
    params={
        "first": Param("", type="string", title="First day", description="Empty: what is due."),
        "last": Param("", type="string", title="Last day", description="Empty: only the first."),
        "provisional": Param(
            False,
            type="boolean",
            title="Also what is held back?",
            description="It is published as provisional, marked on every page.",
        ),
    },
    **(ALL_DAGS | {"tags": ["batch"]}),
):
    publish = command(
        "publish",
        'export due --from "$FIRST" --to "$LAST" $PROVISIONAL --by "$BY" --json',
        {
            "FIRST": "{{ params.first }}",
            "LAST": "{{ params.last }}",
            "PROVISIONAL": "{{ '--provisional' if params.provisional else '' }}",
        },
        timeout=timedelta(hours=2),
    )

    # A day that could not be written keeps nobody from hearing of the others.
    news = command(
        "news",
        "export news --json",
        timeout=timedelta(minutes=5),
        trigger_rule="all_done",
    )

    @task(outlets=[PUBLISHED], execution_timeout=timedelta(minutes=5))
    def announce(found: Any) -> str:
        """An event of the asset for each version that no run before has announced."""
        events = get_current_context()["outlet_events"]
        for day in found["unannounced"]:
            events[PUBLISHED].add(DAYS, extra=day)
        return named(found["unannounced"])

    copy = command(
        "copy",
        'export deliver --announced "$ANNOUNCED" --json',
        {"ANNOUNCED": "{{ ti.xcom_pull(task_ids='announce') or '' }}"},
        timeout=timedelta(minutes=30),
    )
    tell = command(
        "tell",
        "export deliver --mail --json",
        timeout=timedelta(minutes=5),
        retries=0,  # what it said once it does not say again
        on_success_callback=ReportMail(),
        trigger_rule="none_skipped",  # also where a copy did not arrive: the page is here
    )
    # A run is as red as its last tasks: this one is, where a day could not be written.
    every_day = EmptyOperator(task_id="every_day", execution_timeout=timedelta(minutes=1))
    publish >> [news, every_day]
    announce(news.output) >> copy >> tell
