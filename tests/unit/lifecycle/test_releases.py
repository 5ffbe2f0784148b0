"""A release is a copy that never changes; what changed between two is said in words."""

import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from clickledger.mysql.migrations import known_migrations
from clickledger.release import FIGURE_CODE, code_fingerprint, version_of
from clickledger.settings import CHECKOUT, load_settings
from lifecycle.plan import _schema_refusals
from lifecycle.release_diff import PARTS, diff
from lifecycle.releases import (
    IGNORED,
    PROGRAM,
    Release,
    _about,
    content_fingerprint,
    stated_rules,
)

pytestmark = pytest.mark.unit
PYTHON = Path("/usr/bin/python3")


def source(folder: Path, **files: str) -> Path:
    """A program of one file a folder, and what ``files`` say."""
    for name in PROGRAM:
        (folder / name).mkdir(parents=True)
        (folder / name / "x").write_text("1")
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def release(folder: Path, **changes: object) -> Release:
    values: dict[str, object] = {
        "release_name": folder.name,
        "folder": str(folder),
        "python": str(PYTHON),
        "code_fingerprint": "",
        "content_fingerprint": "",
        "spark_version": "4.2.0",
        "contract_version": 1,
        "schema_min": 1,
        "schema_max": None,
        "created_at": datetime(2026, 1, 1),  # noqa: DTZ001 - as MySQL gives it
        "created_by": "t",
        "first_deployed_at": None,
        "last_deployed_at": None,
        "verdict": "new",
        "verdict_reason": None,
        **changes,
    }
    return Release(**values)  # type: ignore[arg-type]


def test_the_fingerprint_changes_with_content_names_and_interpreter(tmp_path: Path) -> None:
    one, same = source(tmp_path / "a"), source(tmp_path / "b")
    assert content_fingerprint(one, PYTHON) == content_fingerprint(same, PYTHON)
    others = {
        content_fingerprint(one, Path("/other/python")),
        content_fingerprint(source(tmp_path / "c", sql__y="1"), PYTHON),
        content_fingerprint(source(tmp_path / "d", sql__x="2"), PYTHON),
    }
    assert len(others - {content_fingerprint(one, PYTHON)}) == 3


def test_the_lock_of_its_packages_is_part_of_it_and_the_one_for_tests_is_not(
    tmp_path: Path,
) -> None:
    one = source(tmp_path / "a", infra__locks__dev="1")
    (one / "infra/locks/runtime.txt").write_text("pyspark==4.2.0\n")
    before = content_fingerprint(one, PYTHON)
    (one / "infra/locks/dev.txt").write_text("pytest==9.0\n")
    assert content_fingerprint(one, PYTHON) == before
    (one / "infra/locks/runtime.txt").write_text("pyspark==4.2.1\n")
    assert content_fingerprint(one, PYTHON) != before


def test_what_python_compiled_is_no_part_of_it(tmp_path: Path) -> None:
    one = source(tmp_path / "a")
    before = content_fingerprint(one, PYTHON)
    (one / "sql" / "__pycache__").mkdir()
    (one / "sql" / "__pycache__" / "x.pyc").write_text("1")
    assert content_fingerprint(one, PYTHON) == before


def test_a_folder_without_the_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no program"):
        content_fingerprint(tmp_path, PYTHON)


def test_where_its_environment_is_gone_its_folder_is_enough_to_make_it_again(
    tmp_path: Path,
) -> None:
    one = source(tmp_path / "a", infra__locks__dev="1")
    (one / "infra/locks/dev.txt").touch()
    copied = tmp_path / "releases" / "r"
    shutil.copytree(one, copied, ignore=IGNORED)
    assert content_fingerprint(copied, PYTHON) == content_fingerprint(one, PYTHON)
    gone = release(copied, python="/no/such/python")
    with pytest.raises(ConfigurationError, match=f"release create --source {copied}"):
        stated_rules(gone, load_settings(), log_append_time=True)


def test_this_very_program_answers_as_it_would_by_a_python_of_its_own(tmp_path: Path) -> None:
    settings, python = load_settings(max_age="90d"), Path(sys.executable)
    ours = content_fingerprint(CHECKOUT, python)
    itself = release(tmp_path, python=str(python), content_fingerprint=ours)  # nothing to run there
    other = release(CHECKOUT, python=str(python), content_fingerprint="of another program")
    found = [stated_rules(each, settings, log_append_time=True) for each in (itself, other)]
    assert found[0] == found[1]
    assert found[0]["max_age_ms"] == 90 * 24 * 3_600_000


def test_the_same_program_has_no_changes(tmp_path: Path) -> None:
    assert diff(release(source(tmp_path / "a")), release(source(tmp_path / "b"))) == []


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("clickledger__contract__r.py", "rules of the contract: {} (figures may change)"),
        ("clickledger__transforms__r.py", "transforms: {} (figures may change)"),
        (
            "clickledger__spark__r.py",
            "Spark session and Kafka ranges: {} (figures may change)",
        ),
        ("clickledger__ledger__r.py", "fence and ledger: {} (figures may change)"),
        ("clickledger__kafka__r.py", "shared core: {} (figures may change)"),
        ("clickledger__generator__r.py", "made-up traffic: {} (figures stay as they are)"),
        ("streaming__r.py", "query and sink: {} (figures may change)"),
        ("sql__migrations__0099_x.sql", "schema: {} (figures stay as they are)"),
        ("sql__sink__r.sql", "upserts of the sink: {} (figures may change)"),
        (
            "sql__reports__r.sql",
            "SQL texts that no driver runs: {} (figures stay as they are)",
        ),
        ("clickledger__settings.py", "settings and their defaults: {} (figures may change)"),
        ("lifecycle__r.py", "lifecycle: {} (figures stay as they are)"),
    ],
)
def test_a_change_is_named_with_what_it_means(tmp_path: Path, file: str, words: str) -> None:
    old = release(source(tmp_path / "a"))
    new = release(source(tmp_path / "b", **{file: "new"}))
    assert [change.in_words() for change in diff(old, new)] == [
        words.format(file.replace("__", "/"))
    ]


def test_what_can_change_a_figure_is_said_to() -> None:
    """All that is part of a release's fingerprint, and every statement that a driver runs."""
    run = {
        f"sql/{name}.sql"
        for folder in ("streaming", "clickledger/ledger", "clickledger/kafka", "clickledger/spark")
        for path in (CHECKOUT / folder).rglob("*.py")
        for name in re.findall(r"""statement\(\s*f?["']([^"'{]+)""", path.read_text())
    }
    assert len(run) > 30
    watched = {f"{folder}/x.py" for folder in FIGURE_CODE} | run
    silent = {name for name in watched if not _may_change_figures(name)}
    assert {name for name in silent if not name.startswith("sql/audit/")} == set()  # looks only


def test_the_codes_fingerprint_covers_the_sinks_upserts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that Python compiled."""
    upsert, compiled = tmp_path / "sql/sink/add.sql", tmp_path / "streaming/sink.pyc"
    found = []
    monkeypatch.setattr("clickledger.release.CHECKOUT", tmp_path)
    for path in (upsert, compiled):
        path.parent.mkdir(parents=True)
        found.append(code_fingerprint())
        path.write_text("1")
    found.append(code_fingerprint())
    assert (found[0] == found[1], found[1] == found[2]) == (False, True)


def _may_change_figures(file: str) -> bool:
    return next(figures for prefix, _, figures in PARTS if file.startswith(prefix))


def test_a_release_is_named_after_its_own_source(tmp_path: Path) -> None:
    """Not after the checkout of whoever makes it."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"], ["tag", "v9"]):
        subprocess.run([*git, *words], check=True)
    assert version_of(tmp_path) == "v9"


def test_a_release_states_the_schemas_it_can_run_on(tmp_path: Path) -> None:
    """It says so itself, whatever the program that asks it holds."""
    for name in ("clickledger", "sql"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    newest = max(known_migrations())
    asked = [_about(tmp_path, Path(sys.executable))]
    module = tmp_path / "clickledger" / "mysql" / "migrations.py"
    stated = module.read_text().replace("NEWEST_USABLE: int | None = None", "NEWEST_USABLE = 99")
    module.write_text(stated)
    asked.append(_about(tmp_path, Path(sys.executable)))
    assert [(each["schema_min"], each["schema_max"]) for each in asked] == [
        (newest, None),
        (newest, 99),
    ]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (9, "needs a database that has had migration 10, and this one has had 9"),
        (10, None),
        (12, None),
        (13, "the database has had migration 13, and r runs on 10 to 12 only"),
    ],
)
def test_a_database_outside_them_is_refused(tmp_path: Path, schema: int, words: str | None) -> None:
    target = release(tmp_path / "r", schema_min=10, schema_max=12)
    refused = "".join(_schema_refusals(target, schema))
    assert refused == "" if words is None else words in refused


def locked(folder: Path, *pins: str) -> Release:
    """A release with these packages, in the environment of them."""
    source(folder)
    lines = (f"{pin} \\\n    --hash=sha256:0a\n    # via x\n" for pin in pins)
    (folder / "infra/locks/runtime.txt").write_text("# made by hand\n" + "".join(lines))
    python = f"/home/releases/environments/python3.11-{folder.name}/bin/python"
    spark = next(pin for pin in pins if pin.startswith("pyspark==")).partition("==")[2]
    return release(folder, python=python, spark_version=spark)


def words(old: Release, new: Release) -> list[str]:
    return [change.in_words() for change in diff(old, new)]


def test_packages_are_named_with_what_they_mean(tmp_path: Path) -> None:
    old = locked(tmp_path / "a", "pyarrow==21.0 ; sys_platform == 'linux'", "pyspark==4.2.0",
                 "rich==14.0", "six==1.17")  # fmt: skip
    new = locked(tmp_path / "b", "pyarrow==21.1 ; sys_platform == 'linux'", "pyspark==4.2.1",
                 "rich==14.1", "zipp==4.1")  # fmt: skip
    assert words(old, new) == [
        "Spark: 4.2.0 -> 4.2.1 (figures may change)",
        "packages that count: pyarrow 21.0 -> 21.1 (figures may change)",
        "other packages: rich 14.0 -> 14.1, six 1.17 -> gone, zipp new -> 4.1"
        " (figures stay as they are)",
    ]


def test_a_spark_alone_is_a_change_of_figures_and_of_nothing_else(tmp_path: Path) -> None:
    old, new = locked(tmp_path / "a", "pyspark==4.2.0"), locked(tmp_path / "b", "pyspark==4.2.1")
    assert words(old, new) == ["Spark: 4.2.0 -> 4.2.1 (figures may change)"]


def test_a_lock_that_cannot_be_compared_is_said(tmp_path: Path) -> None:
    old = locked(tmp_path / "a", "pyspark==4.2.0")
    python = f"{tmp_path}/.venv/bin/python"
    before_locks = release(source(tmp_path / "b"), python=python)
    remarked = locked(tmp_path / "d", "pyspark==4.2.0")
    (tmp_path / "d/infra/locks/runtime.txt").write_text("pyspark==4.2.0\n")
    assert words(before_locks, old) == [
        f"Python: {python} -> python3.11 (figures stay as they are)",
        "packages: one of the two has kept no lock of them (figures may change)",
    ]
    assert words(old, remarked) == [
        "packages: the same versions, another lock (figures stay as they are)"
    ]


def test_another_spark_is_a_change(tmp_path: Path) -> None:
    folder = source(tmp_path / "a")
    [change] = diff(release(folder), release(folder, spark_version="4.2.1"))
    assert change.in_words() == "Spark: 4.2.0 -> 4.2.1 (figures may change)"
