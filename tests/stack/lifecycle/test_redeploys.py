"""Other releases take over: the plan says what is different, and each ends right."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from clickledger.errors import ExitCode
from clickledger.mysql.migrations import known_migrations
from clickledger.packages import lock_file, pinned_versions
from clickledger.settings import CHECKOUT
from clickledger.settings_environment import settings_environment
from lifecycle.plan import Plan
from lifecycle.releases import PROGRAM, Release
from lifecycle.verbs import Verbs
from tests.stack.lifecycle.operated import Operated, edit, succeeded

pytestmark = pytest.mark.stack
RATE = 2_000
NEXT_MIGRATION = max(known_migrations()) + 1
COLUMN = "ALTER TABLE stream_generations ADD COLUMN IF NOT EXISTS note VARCHAR(16) NULL"
ZIPP = pinned_versions(lock_file(CHECKOUT).read_text(encoding="utf-8"))["zipp"]
OTHER_ZIPP = """zipp==4.1.1 \\
    --hash=sha256:7ebb7a44c021b29fd8dbd7cce6812d0d7b5b454521f93cc71af6ccd155aaa70b \\
    --hash=sha256:8979f52d874162f485ff2981e3891f3a3317b7a3dd43ff1e1775b9304f307a9c
"""
MIGRATE = """
from clickledger.mysql.migrations import migrate
from clickledger.settings import load_settings
print(*migrate(load_settings()))
"""


def other_transform(folder: Path) -> None:
    """The same figures by another plan of Spark's."""
    edit("clickledger/transforms/count.py", "groups.coalesce(1)", "groups")(folder)


def stricter_and_with_a_column(folder: Path) -> None:
    """Rules that reject what was counted so far, and a migration."""
    other_transform(folder)
    edit("clickledger/contract/rules.py", "max_click: int = 1_000_000", "max_click: int = 9")(
        folder
    )
    name = f"{NEXT_MIGRATION:04}_add_note_to_stream_generations.sql"
    (folder / "sql" / "migrations" / name).write_text(f"-- No index: a remark.\n{COLUMN}\n")


def changed(plan: Plan) -> list[tuple[str, bool]]:
    return [(change.part, change.may_change_figures) for change in plan.changes]


def migrated(operated: Operated, release: Release) -> str:
    """What `clickledger migrate` of that checkout applies."""
    done = subprocess.run(
        [release.python, "-c", MIGRATE],
        cwd=release.folder,
        env=settings_environment(operated.settings),
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def send_clicks_of_5_and_50(operated: Operated) -> None:
    """And wait until they are counted, or not."""
    operated.deployment.send([b"d|mobile|1767225600000|5", b"d|mobile|1767225600000|50"] * 50)
    operated.deployment.await_applied()


def test_another_transform_then_other_rules_and_a_column_then_back(
    operated: Operated, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain, for each of its takeovers costs seconds.

    On the way back there is no room for two drivers, and the actor dies; whoever goes on with it
    does what it was begun for.
    """
    verbs, truth = operated.verbs, operated.deployment.truth
    transform = operated.release(other_transform)
    plan = verbs.plan("deploy", transform.release_name)
    assert (changed(plan), plan.decision) == ([("transforms", True)], "start")
    with operated.load(RATE, seed=seed):
        succeeded(verbs.deploy(operated.ask("transform"), transform.release_name))
    assert operated.writer().release_name == transform.release_name
    operated.deployment.assert_exact()

    rules = operated.release(stricter_and_with_a_column)
    refused = verbs.plan("deploy", rules.release_name)
    assert changed(refused) == [("rules of the contract", True), ("schema", False)]
    assert refused.decision == "refuse"
    assert f"has had migration {NEXT_MIGRATION}, and" in refused.refusals[0]
    assert migrated(operated, rules) == f"{NEXT_MIGRATION:04}_add_note_to_stream_generations"
    plan = verbs.plan("deploy", rules.release_name)
    assert plan.decision == "ask"
    assert plan.approvals[0].endswith(": max_click 1000000 -> 9")
    outcome, _ = verbs.deploy(operated.ask("unseen"), rules.release_name)
    assert (outcome.state, outcome.exit_code) == ("refused", ExitCode.OPERATION_REFUSED)
    send_clicks_of_5_and_50(operated)
    succeeded(verbs.deploy(operated.ask("seen", approved=True), rules.release_name))
    truth.judge_from_here(operated.deployment.applied(), max_click=9)
    send_clicks_of_5_and_50(operated)
    operated.deployment.assert_exact()

    drain_first = Verbs(
        operated.settings.model_copy(update={"takeover": "drain_first"}), verbs.runner
    )
    plan = drain_first.plan("rollback", transform.release_name)
    assert "the old one drains before the new one starts" in "".join(plan.in_words())
    with operated.load(RATE, seed=seed):  # of clicks that both rules count
        with monkeypatch.context() as broken:
            broken.setattr("lifecycle.takeover.prove", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                drain_first.rollback(operated.ask("back"))
        outcome = succeeded(drain_first.rollback(operated.ask("back")))
    assert outcome.lines[0].startswith(f"{transform.release_name}: ")
    assert operated.writer().release_name == transform.release_name
    truth.judge_from_here(operated.deployment.applied())
    send_clicks_of_5_and_50(operated)
    operated.deployment.assert_exact()


def other_zipp(folder: Path) -> None:
    """The same code, locked with another patch of a small package."""
    lock = lock_file(folder)
    text = lock.read_text(encoding="utf-8")
    pin = re.search(r"^zipp==.*?(?=^\w)", text, re.MULTILINE | re.DOTALL)
    assert pin is not None
    lock.write_text(text.replace(pin[0], OTHER_ZIPP), encoding="utf-8")


def zipp_of(release: Release) -> str:
    """What its environment has."""
    question = "from importlib.metadata import version; print(version('zipp'))"
    return subprocess.check_output([release.python, "-c", question], text=True).strip()


def assert_runs(
    operated: Operated, release: Release, *, archived: bool = True, spark: str = version("pyspark")
) -> None:
    """Its code, with its environment's Python and Spark; by the class archive, or without."""
    driver = operated.process()
    [jvm] = [child for child in driver.children() if "java" in child.name()]
    environment = Path(release.python).parents[1]
    assert operated.writer().release_name == release.release_name
    assert (driver.cmdline()[0], driver.cwd()) == (release.python, release.folder)
    classes = jvm.cmdline()[jvm.cmdline().index("-cp") + 1]
    assert Path(jvm.environ()["SPARK_HOME"]).is_relative_to(environment / "lib")
    assert f"/spark-core_2.13-{spark}.jar:" in classes
    used = [flag for flag in jvm.cmdline() if flag.startswith("-XX:SharedArchiveFile=")]
    assert bool(used) == archived


@pytest.mark.long
def test_another_lock_is_another_release_and_going_back_runs_the_old_packages(
    operated: Operated, seed: int
) -> None:
    ours = operated.release()
    assert_runs(operated, ours)
    other = operated.release(other_zipp)
    assert (zipp_of(ours), zipp_of(other)) == (ZIPP, "4.1.1")
    plan = operated.verbs.plan("deploy", other.release_name)
    assert (changed(plan), plan.decision) == ([("other packages", False)], "start")
    assert f"changed: other packages: zipp {ZIPP} -> 4.1.1 (figures" in "".join(plan.in_words())
    with operated.load(RATE, seed=seed):
        succeeded(operated.verbs.deploy(operated.ask("zipp"), other.release_name))
        assert_runs(operated, other)  # the same Spark, so the same archive
        succeeded(operated.verbs.rollback(operated.ask("zipp back")))
        assert_runs(operated, ours)
    operated.deployment.assert_exact()


@pytest.mark.long
def test_a_release_with_another_spark_runs_in_an_environment_of_its_own(
    operated: Operated, tmp_path: Path, seed: int
) -> None:
    """Only its lock differs. Downloads a whole Spark."""
    checkout = tmp_path / "checkout"
    for name in (*PROGRAM, "infra"):
        shutil.copytree(CHECKOUT / name, checkout / name, dirs_exist_ok=True)
    shutil.copy(CHECKOUT / "pyproject.toml", checkout)
    edit("pyproject.toml", "pyspark==4.2.0", "pyspark==4.2.1")(checkout)
    subprocess.run([sys.executable, "-m", "infra.relock"], cwd=checkout, check=True)
    ours, other = operated.release(), operated.release_of(checkout)
    plan = operated.verbs.plan("deploy", other.release_name)
    assert ("Spark", True) in changed(plan)
    assert plan.approvals == ("Spark 4.2.0 becomes 4.2.1",)
    with operated.load(RATE, seed=seed):
        succeeded(operated.verbs.deploy(operated.ask("spark", approved=True), other.release_name))
        assert_runs(operated, other, archived=False, spark="4.2.1")
        succeeded(operated.verbs.rollback(operated.ask("spark back")))
        assert_runs(operated, ours)
    operated.deployment.assert_exact()
