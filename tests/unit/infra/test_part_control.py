"""Bringing a part up: left alone, started, restarted, or refused with a reason."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from infra.errors import StackError
from infra.part_control import await_work, launch, take_down
from infra.supervision import Supervisor
from tests.awaiting import await_that
from tests.unit.infra.toy_stack import DRAINS, ToyPart, toy_home, toy_supervisor

pytestmark = pytest.mark.unit

SAYS_WHY = "print('no such broker'); raise SystemExit(3)"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with toy_supervisor(tmp_path) as running:
        yield running


def bring_up(part: ToyPart, supervisor: Supervisor) -> int:
    pid = launch(part, supervisor, part.home)
    await_work(part, pid, supervisor, part.home)
    return pid


def test_one_that_runs_is_left_alone(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = ToyPart(toy_home(tmp_path))
    first = bring_up(part, supervisor)
    assert bring_up(part, supervisor) == first
    assert supervisor.state("kafka").pid == first
    assert "runs already" in capsys.readouterr().out


def test_changed_settings_restart_it(supervisor: Supervisor, tmp_path: Path) -> None:
    first = bring_up(ToyPart(toy_home(tmp_path)), supervisor)
    second = bring_up(ToyPart(toy_home(tmp_path), text=DRAINS), supervisor)
    assert second != first
    assert supervisor.state("kafka").pid == second


def test_one_that_ends_is_told_with_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    home = toy_home(tmp_path)
    part = ToyPart(home, text=SAYS_WHY)
    part.prepare = lambda step: None  # type: ignore[method-assign]
    with pytest.raises(StackError) as raised:
        bring_up(part, supervisor)
    assert "kafka ended" in str(raised.value)
    assert f"The end of {home.logs / 'kafka.log'}:\n    no such broker" in str(raised.value)
    assert not supervisor.state("kafka").alive


def test_one_that_was_restarted_meanwhile_has_not_come_up(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    part = ToyPart(toy_home(tmp_path))
    first = launch(part, supervisor, part.home)
    os.kill(first, signal.SIGKILL)

    def restarted() -> bool:
        state = supervisor.state("kafka")
        return state.alive and state.pid != first

    await_that(restarted, "the toy runs again", timeout_s=10)
    with pytest.raises(StackError, match="kafka ended"):
        await_work(part, first, supervisor, part.home)


def test_one_that_does_not_answer_is_told_too(supervisor: Supervisor, tmp_path: Path) -> None:
    part = ToyPart(toy_home(tmp_path), up_within_s=0.5)
    part.prepare = lambda step: None  # type: ignore[method-assign]
    with pytest.raises(StackError, match="kafka does not do its work: The toy does not answer"):
        bring_up(part, supervisor)


def test_a_taken_port_is_told_before_anything_starts(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        part = ToyPart(toy_home(tmp_path), ports=(other.getsockname()[1],))
        with pytest.raises(ConfigurationError, match="is taken by process"):
            bring_up(part, supervisor)
    assert supervisor.state("kafka").state == "STOPPED"


def test_how_the_stream_ended_is_shown(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_up(ToyPart(toy_home(tmp_path), name="stream-a", text=DRAINS), supervisor)
    await_that((toy_home(tmp_path).path / "up").exists, "the toy can drain", timeout_s=10)
    take_down("stream", ("stream-a", "stream-b"), supervisor)
    bring_up(ToyPart(toy_home(tmp_path), name="stream-a"), supervisor)
    take_down("stream", ("stream-a", "stream-b"), supervisor)
    told = [line.split()[1:-2] for line in capsys.readouterr().out.splitlines()]
    assert told[2] == ["drained"]
    assert told[5][:3] == ["ended", "without", "draining"]
