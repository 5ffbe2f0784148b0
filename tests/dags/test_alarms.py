"""Who is told what: by Airflow's real notifier, to a real mail server on the loopback interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.alarms import Alarm, alarm_of
from lifecycle.health import Health, Verdict
from lifecycle.incidents import Kept
from tests.dags.mailbox import Mailbox, mailbox

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.unit
STUCK = Health(Verdict.STUCK, "{{ 7 * 7 }} <b>events</b> are waiting", "a runbook")
HEALTHY = Health(Verdict.HEALTHY, "3 events are waiting")


@dataclass
class Run:
    """As much of a task instance as a callback looks at."""

    result: Any = None
    before: str | None = None
    task_id: str = "look"

    @property
    def state(self) -> str | None:
        """Of the run before."""
        return self.before

    def get_previous_dagrun(self) -> Run | None:
        """The run before this one."""
        return self if self.before else None

    def xcom_pull(self, task_ids: str) -> Any:
        """What the task returned."""
        assert task_ids == self.task_id
        return self.result


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server, and the connection and the variable as an operator would set them."""
    with mailbox() as server:
        server.announce(monkeypatch)
        monkeypatch.setenv("AIRFLOW_VAR_CLICKLEDGER_ALARMS_TO", "ann@example.org,bob@example.org")
        yield server


def end(dag_bag: DagBag, health: Health, alarm: Alarm | None, before: str = "success") -> str:
    """Let the task ``look`` end with what the command has printed; its state."""
    printed = {**health.as_dict(), "alarm": asdict(alarm) if alarm else None}
    look: Any = dag_bag.dags["stream_watch"].get_task("look")
    try:
        result = look.output_processor(json.dumps(printed))
    except Exception as error:
        fail(dag_bag, error, before)
        return "failed"
    call(look.on_success_callback, {"ti": Run(result, before)})
    return "success"


def fail(dag_bag: DagBag, error: Exception, before: str) -> None:
    """Let the task fail with that error."""
    look: Any = dag_bag.dags["stream_watch"].get_task("look")
    call(look.on_failure_callback, {"ti": Run(before=before), "exception": error})


def call(callbacks: list[Any], context: dict[str, Any]) -> None:
    """As Airflow does at a task's end; each run has read the DAG file anew."""
    for callback in callbacks:
        type(callback)()(context | {"var": variables()})


def variables() -> dict[str, Any]:
    from airflow.sdk.execution_time.context import VariableAccessor

    return {"value": VariableAccessor(deserialize_json=False)}


def subjects(box: Mailbox) -> list[str]:
    return [mail["Subject"] for mail in box.mails]


def test_one_mail_when_it_opens_and_one_when_it_is_over(dag_bag: DagBag, box: Mailbox) -> None:
    """However many looks see it, and whatever is in its text."""
    from clickledger.clock import utc_now

    ended = {"id": 7, "verdict": "stuck", "detail": "x", "restarts": 2, "opened_at": utc_now()}
    looks = [
        (HEALTHY, Kept(None)),
        (STUCK, Kept(7, opened=True)),
        (STUCK, Kept(7)),
        (STUCK, Kept(7)),
        (HEALTHY, Kept(None, ended=ended)),
        (HEALTHY, Kept(None)),
    ]
    states = [end(dag_bag, each, alarm_of(kept, each, "done: well")) for each, kept in looks]
    assert states == ["success", "failed", "failed", "failed", "success", "success"]
    assert subjects(box) == [
        "clickledger: the stream is stuck: {{ 7 * 7 }} <b>events</b> are waiting",
        "clickledger: the stream is healthy again",
    ]
    assert {(mail["From"], mail["To"]) for mail in box.mails} == {
        ("us@example.org", "ann@example.org, bob@example.org")
    }
    told = [part.get_content() for part in box.mails[0].walk() if not part.is_multipart()]
    assert "{{ 7 * 7 }} &lt;b&gt;events&lt;/b&gt; are waiting" in told[0]
    assert "Done about it: done: well\nNext: a runbook" in told[0]


def test_a_trouble_that_becomes_another_one_is_told_as_the_new_one() -> None:
    down = Health(Verdict.DOWN, "no driver runs", "a runbook")
    alarm = alarm_of(Kept(8, opened=True, ended={"id": 7}), down, "nothing")
    assert alarm is not None
    assert alarm.subject == "clickledger: the stream is down: no driver runs"


def test_a_look_that_fails_is_told_once(dag_bag: DagBag, box: Mailbox) -> None:
    for before in ("success", "failed", "failed"):
        fail(dag_bag, RuntimeError("exit code 14"), before)
    assert subjects(box) == ["clickledger: nobody watches the stream"]


def test_without_receivers_nothing_is_sent(
    dag_bag: DagBag, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_VAR_CLICKLEDGER_ALARMS_TO")
    alarm = Alarm("a subject", "a text")
    assert end(dag_bag, STUCK, alarm) == "failed"
    assert box.mails == []


def test_a_subject_is_one_short_line() -> None:
    long = Health(Verdict.HALTED, "one\r\nBcc: all@example.org\n" + "x" * 500, "")
    alarm = alarm_of(Kept(1, opened=True), long, "nothing")
    assert alarm is not None
    assert alarm.subject.startswith("clickledger: the stream is halted: one Bcc: all@example.org x")
    assert len(alarm.subject) == 120
