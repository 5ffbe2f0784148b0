"""What supervisord does with our configuration: a real one, with toy programs."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from infra.ownership import environment, is_running
from infra.supervision import STREAM_CONFIGURATION, Supervisor, stop_wait_s
from lifecycle.supervisor import ProgramState
from tests.awaiting import await_that
from tests.unit.infra.toy_stack import DRAINS, RUNS, toy_home, toy_program, toy_supervisor

pytestmark = pytest.mark.unit

HAS_A_CHILD = """
import subprocess, sys, time
from pathlib import Path
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
)
Path("child").write_text(str(child.pid))
time.sleep(600)
"""
# What a person or a verb must look at: a restart would only fail again, or do harm.
FINAL = {
    ExitCode.OK,
    ExitCode.USAGE,
    ExitCode.CONFIGURATION,
    ExitCode.STALE_WRITER,
    ExitCode.LEDGER_GAP,
    ExitCode.KAFKA_DATA_LOST,
    ExitCode.TOO_MANY_REJECTS,
    ExitCode.SHADOW_MISMATCH,
    ExitCode.POISONOUS_RANGE,
}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with toy_supervisor(tmp_path) as running:
        yield running


def run(supervisor: Supervisor, tmp_path: Path, name: str, text: str) -> None:
    toy_program(name, toy_home(tmp_path), text).write(toy_home(tmp_path))
    supervisor.launch(name)


def await_state(supervisor: Supervisor, name: str, state: str) -> ProgramState:
    def reached() -> ProgramState | None:
        found = supervisor.state(name)
        return found if found.state == state else None

    return await_that(reached, f"{name} is {state}", timeout_s=10)


def starts(tmp_path: Path, name: str) -> int:
    record = toy_home(tmp_path).run / f"{name}.starts"
    return len(record.read_text().split()) if record.exists() else 0


def test_the_streams_final_exit_codes_are_configured() -> None:
    for program in ("stream-a", "stream-b"):
        _, _, text = STREAM_CONFIGURATION.read_text().partition(f"[program:{program}]")
        (codes,) = re.findall(r"^exitcodes=(.*)$", text.partition("[program:")[0], re.MULTILINE)
        assert {int(code) for code in codes.split(",")} == FINAL


@pytest.mark.parametrize("code", [ExitCode.OK, ExitCode.LEDGER_GAP])
def test_a_final_exit_code_is_not_restarted(
    supervisor: Supervisor, tmp_path: Path, code: ExitCode
) -> None:
    run(supervisor, tmp_path, "stream-a", f"raise SystemExit({int(code)})")
    state = await_state(supervisor, "stream-a", "EXITED")
    assert (state.exit_code, state.alive) == (int(code), False)
    with pytest.raises(AssertionError, match="not within"):
        await_that(lambda: starts(tmp_path, "stream-a") > 1, "a restart", timeout_s=1.5)


@pytest.mark.parametrize("ending", ["raise SystemExit(14)", "import os; os.kill(os.getpid(), 9)"])
def test_a_crash_is_restarted(supervisor: Supervisor, tmp_path: Path, ending: str) -> None:
    run(supervisor, tmp_path, "stream-a", ending)
    await_that(lambda: starts(tmp_path, "stream-a") > 1, "a restart", timeout_s=10)


def test_a_server_that_is_killed_comes_back(supervisor: Supervisor, tmp_path: Path) -> None:
    """And what it has started does not outlive it, as Airflow's workers would."""
    child = toy_home(tmp_path).path / "child"
    run(supervisor, tmp_path, "mariadb", HAS_A_CHILD)
    first = await_state(supervisor, "mariadb", "RUNNING").pid
    await_that(lambda: child.exists() and child.read_text() != "", "its child")
    its_child = int(child.read_text())
    os.kill(first, signal.SIGKILL)

    def replaced() -> bool:
        state = supervisor.state("mariadb")
        return state.alive and state.pid != first

    await_that(replaced, "it runs again", timeout_s=10)
    await_that(lambda: child.read_text() not in ("", str(its_child)), "another child")
    assert not is_running(its_child)
    assert is_running(int(child.read_text()))


def test_stopping_the_stream_lets_it_drain(supervisor: Supervisor, tmp_path: Path) -> None:
    home = toy_home(tmp_path).path
    run(supervisor, tmp_path, "stream-a", DRAINS)
    await_that((home / "up").exists, "the toy is up", timeout_s=10)
    state = supervisor.stop("stream-a")
    assert (state.state, state.exit_code) == ("STOPPED", 0)
    assert (home / "drained").exists()
    assert supervisor.stop("stream-a").state == "STOPPED"


def test_programs_end_in_order_when_supervisord_is_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    home = toy_home(tmp_path).path
    run(supervisor, tmp_path, "stream-a", DRAINS)
    await_that((home / "up").exists, "the toy is up", timeout_s=10)
    program, daemon = supervisor.state("stream-a").pid, supervisor.pid()
    assert daemon is not None
    os.kill(daemon, signal.SIGKILL)
    await_that((home / "drained").exists, "the toy has drained", timeout_s=10)
    await_that(lambda: not is_running(program), "the toy has ended", timeout_s=10)
    assert supervisor.pid() is None
    supervisor.start()  # in spite of the socket and the pid file that are left
    assert supervisor.pid() not in (None, daemon)


def test_the_password_is_needed_and_on_no_command_line(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    assert Supervisor(toy_home(tmp_path), "a guess").pid() is None
    run(supervisor, tmp_path, "kafka", RUNS)
    for pid in (supervisor.pid(), await_state(supervisor, "kafka", "RUNNING").pid):
        assert b"toy password" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_settings_of_the_shell_do_not_cling_to_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLICKLEDGER_TOPIC", "of_this_shell")
    monkeypatch.setenv("CLICKLEDGER_KAFKA_SASL_PASSWORD", "secret")
    with toy_supervisor(tmp_path) as supervisor:
        run(supervisor, tmp_path, "kafka", RUNS)
        pid = await_state(supervisor, "kafka", "RUNNING").pid

        def became_the_program() -> dict[str, str]:
            found = environment(pid)
            return found if "CLICKLEDGER_SPEC" in found else {}

        found = await_that(became_the_program, "the launcher is done", timeout_s=10)
    assert "CLICKLEDGER_TOPIC" not in found
    assert found["CLICKLEDGER_KAFKA_SASL_PASSWORD"] == "secret"
    assert not [name for name in found if name.startswith("STACK_")]


def test_an_unchanged_configuration_changes_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    run(supervisor, tmp_path, "kafka", RUNS)
    before = await_state(supervisor, "kafka", "RUNNING").pid
    supervisor.take_up_changes()
    assert supervisor.state("kafka").pid == before


def test_waits_are_those_of_the_configuration() -> None:
    assert stop_wait_s("stream-a") == 60
