"""Who is told of published days: other DAGs by events of an asset, people by one mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.mailbox import Mailbox, mailbox

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.unit


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server, and the connection and the variable as an operator would set them."""
    with mailbox() as server:
        server.announce(monkeypatch)
        monkeypatch.setenv("AIRFLOW_VAR_CLICKLEDGER_REPORTS_TO", "ann@example.org")
        yield server


class Ended:
    """As much of a task instance as the callback looks at."""

    task_id = "tell"

    def __init__(self, mail: dict[str, Any] | None) -> None:
        self._mail = mail

    def xcom_pull(self, task_ids: str) -> dict[str, Any]:
        """What the task printed."""
        assert task_ids == self.task_id
        return {"copied": [], "mail": self._mail}


def tell(dag_bag: DagBag, mail: dict[str, Any] | None) -> None:
    from airflow.sdk.execution_time.context import VariableAccessor

    task: Any = dag_bag.dags["report_daily"].get_task("tell")
    (callback,) = task.on_success_callback
    variables = {"value": VariableAccessor(deserialize_json=False)}
    type(callback)()({"ti": Ended(mail), "var": variables})


def test_one_mail_with_a_small_attachment(dag_bag: DagBag, box: Mailbox, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<p>a page</p>")
    text = "2026-01-15 v1 (final): {{ 7 * 7 }} <b>clicks</b>"
    tell(dag_bag, {"subject": "{{ 7 * 7 }} days", "text": text, "attachments": [str(page)]})
    tell(dag_bag, None)
    (mail,) = box.mails
    assert (mail["Subject"], mail["To"]) == ("{{ 7 * 7 }} days", "ann@example.org")
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert "{{ 7 * 7 }} &lt;b&gt;clicks" in parts[0].get_content()
    assert [part.get_filename() for part in parts[1:]] == ["report.html"]


def test_nobody_is_told_without_receivers(
    dag_bag: DagBag, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_VAR_CLICKLEDGER_REPORTS_TO")
    tell(dag_bag, {"subject": "a", "text": "b", "attachments": []})
    assert box.mails == []


def test_a_day_that_failed_keeps_nobody_from_hearing_of_the_others(dag_bag: DagBag) -> None:
    """And the run is red all the same: as its leaves are."""
    dag: Any = dag_bag.dags["report_daily"]
    rules = {task.task_id: (task.upstream_task_ids, task.trigger_rule.value) for task in dag.tasks}
    assert rules["news"] == ({"publish"}, "all_done")
    assert rules["announce"] == ({"news"}, "all_success")
    assert rules["every_day"] == ({"publish"}, "all_success")
    assert {task.task_id for task in dag.leaves} == {"every_day", "tell"}


def test_each_new_version_is_an_event(dag_bag: DagBag) -> None:
    """Once it is emitted, the next task says so: no run lists the version again."""
    import publications  # type: ignore[import-not-found]  # from the DAG folder

    days = [{"day": "2026-01-15", "version": 2}, {"day": "2026-01-16", "version": 1}]
    assert publications.named(days) == "2026-01-15:2,2026-01-16:1"
    task: Any = dag_bag.dags["report_daily"].get_task("announce")
    assert task.outlets == [publications.PUBLISHED]
    assert task.downstream_task_ids == {"copy"}
