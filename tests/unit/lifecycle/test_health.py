"""The verdict on the stream, from one look."""

import re
from typing import Any

import pytest

from clickledger.errors import RUNBOOKS
from clickledger.ledger.positions import OffsetRange
from clickledger.settings import CHECKOUT
from clickledger.slots import SlotState, Wanted
from lifecycle.health import FINE, Observed, Verdict, judge_health
from lifecycle.incidents import BUDGET
from lifecycle.slots import SlotRow

pytestmark = pytest.mark.unit
ROW: dict[str, Any] = {
    "desired_state": "running",
    "desired_by": "ann",
    "desired_reason": "update",
    "desired_at": None,
    "state": "running",
    "epoch": 3,
    "fence_epoch": 3,
    "release_name": "r1",
    "lag_events": 10,
    "progress": '{"records_per_s": 100}',
    "halt_exit_code": None,
    "halt_reason": None,
    "heartbeat_age_s": 0.5,
    "last_commit_age_s": 0.3,
    "started_age_s": 600,
}
WRITER = SlotRow(
    slot="a",
    wanted=Wanted.WRITER,
    instance="i",
    release_name="r1",
    starts=1,
    state=SlotState.WRITING,
    pid=7,
    epoch=3,
    exit_code=None,
    end_reason=None,
    shadow=None,
    **dict.fromkeys(
        ("wanted_at", "started_at", "spark_at", "warm_at", "writing_at", "drained_at", "ended_at")
    ),
)


LOOKS: list[tuple[dict[str, Any], bool | None, Verdict, str]] = [
    ({}, True, Verdict.HEALTHY, "10 events are waiting"),
    ({"lag_events": 0, "last_commit_age_s": 99}, True, Verdict.IDLE, "nothing new to read"),
    ({"lag_events": 9_000}, True, Verdict.LAGGING, "9,000 events are waiting: 90 s at 100/s"),
    ({"last_commit_age_s": 61}, True, Verdict.STUCK, "10 events are waiting, the last commit"),
    ({"lag_events": None}, True, Verdict.CUT_OFF, "Kafka does not say"),
    ({"heartbeat_age_s": 11}, True, Verdict.STUCK, "no sign of life for 11 s"),
    ({"heartbeat_age_s": 11}, False, Verdict.DOWN, "no driver runs for 11 s"),
    ({"state": "down", "halt_reason": "no MySQL"}, True, Verdict.DOWN, "no MySQL"),
    ({"state": "starting", "started_age_s": 20}, True, Verdict.HEALTHY, "starting"),
    (  # its state is the old one's until it writes
        {"state": "starting", "started_age_s": 20, "fence_epoch": 4},
        True,
        Verdict.HEALTHY,
        "starting",
    ),
    (
        {"state": "starting", "heartbeat_age_s": 100, "started_age_s": 100},
        True,
        Verdict.STUCK,
        "",
    ),
    ({"fence_epoch": 4}, True, Verdict.FENCED, "epoch 3 runs, and epoch 4 was granted"),
    ({"release_name": "r0"}, True, Verdict.DRIFTED, "r0 runs, r1 is wanted"),
    (
        {"desired_state": "drained"},
        True,
        Verdict.DRIFTED,
        "wanted to be drained, and is running",
    ),
    ({"desired_state": "drained", "state": "drained"}, None, Verdict.STOPPED, "by ann: update"),
    (
        {"state": "halted", "halt_exit_code": 15, "halt_reason": "the window"},
        False,
        Verdict.HALTED,
        "exit code 15 (too many rejects): the window",
    ),
]


@pytest.mark.parametrize(("changes", "alive", "verdict", "detail"), LOOKS)
def test_verdicts(
    changes: dict[str, Any], alive: bool | None, verdict: Verdict, detail: str
) -> None:
    health = judge_health(Observed({**ROW, **changes}, WRITER, alive))
    assert health.verdict is verdict
    assert detail in health.detail


@pytest.mark.parametrize(
    ("changes", "alive", "verdict"),
    [
        ({}, True, Verdict.WRONG),
        ({"state": "down"}, False, Verdict.WRONG),  # to start it again would not mend it
        ({"desired_state": "drained", "state": "drained"}, None, Verdict.STOPPED),
        ({"state": "halted", "halt_exit_code": 13}, False, Verdict.HALTED),
    ],
)
def test_an_epoch_that_counts_wrongly(
    changes: dict[str, Any], alive: bool | None, verdict: Verdict
) -> None:
    wrong = ("partition 0 [5, 9): clicks 7 in the ledger, 4 in truth",)
    suspects = (OffsetRange(0, 1, 9), OffsetRange(1, 0, 2_000))
    health = judge_health(Observed({**ROW, **changes}, WRITER, alive, wrong, suspects))
    assert health.verdict is verdict
    if verdict is Verdict.WRONG:
        assert health.detail == (
            "release r1 counts wrongly: partition 0 [5, 9): clicks 7 in the ledger, 4 in truth;"
            " to be restated: partition 0 [1, 9), partition 1 [0, 2,000)"
        )


def test_kafkas_absence_is_nothing_to_restart_for() -> None:
    assert Verdict.CUT_OFF not in FINE | set(BUDGET)


def test_whoever_should_act_is_sent_to_a_page_that_exists() -> None:
    """Of every verdict; the first three ask for nobody."""
    seen = [Observed({**ROW, **changes}, WRITER, alive) for changes, alive, *_ in LOOKS]
    seen.append(Observed(ROW, WRITER, True, counted_wrongly=("partition 0",)))
    seen.append(Observed(ROW, WRITER, True, unarchived="partition 0"))
    found = [judge_health(each) for each in seen]
    assert {health.verdict for health in found} == set(Verdict)
    for health in found:
        pages = re.findall(rf"{RUNBOOKS}/[a-z-]+\.md", health.next_step)
        is_at_rest = health.verdict in FINE - {Verdict.LAGGING}
        assert len(pages) == (0 if is_at_rest else 1), health
        assert all((CHECKOUT / page).is_file() for page in pages), health


def test_without_a_supervisor_the_heartbeat_alone_counts() -> None:
    assert judge_health(Observed(ROW, None, None)).verdict is Verdict.HEALTHY


def test_a_stream_that_was_never_deployed_is_no_trouble() -> None:
    row = {**ROW, "epoch": None, "state": "down", "heartbeat_age_s": None}
    assert judge_health(Observed(row, None, None)).verdict is Verdict.STOPPED


def test_retention_near_the_archive_is_a_trouble_of_its_own() -> None:
    """Only where the stream has none: that comes first."""
    said = "partition 0: offset 50 is not archived"
    health = judge_health(Observed(ROW, WRITER, True, unarchived=said))
    assert (health.verdict, health.detail, health.fine) == (Verdict.UNARCHIVED, said, False)
    assert health.next_step == "docs/runbooks/archive-behind.md"
    down = judge_health(Observed({**ROW, "state": "down"}, WRITER, True, unarchived=said))
    assert down.verdict is Verdict.DOWN
