"""The migrations as files: numbered, locked, one portable and repeatable statement each."""

import hashlib
import re
from pathlib import Path

import pytest

from clickledger.errors import ConfigurationError
from clickledger.mysql.migrations import MIGRATIONS_FOLDER, known_migrations
from clickledger.mysql.statements import statement

pytestmark = pytest.mark.unit

REPEATABLE = ("CREATE TABLE IF NOT EXISTS ", "CREATE OR REPLACE SQL SECURITY INVOKER VIEW ")
STORAGE = ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
NAMES = [migration.name for migration in known_migrations().values()]


def test_a_landed_migration_never_changes() -> None:
    """Made with ``cd sql/migrations && sha256sum 0*.sql > lock.txt``; only ever add lines."""
    locked = (MIGRATIONS_FOLDER / "lock.txt").read_text(encoding="utf-8").splitlines()

    assert locked == [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(MIGRATIONS_FOLDER.glob("*.sql"))
    ]


def test_the_checksum_is_the_one_of_the_lock() -> None:
    locked = (MIGRATIONS_FOLDER / "lock.txt").read_text(encoding="utf-8").splitlines()

    assert [f"{m.checksum}  {m.name}.sql" for m in known_migrations().values()] == locked


def test_numbers_run_from_one_without_a_gap() -> None:
    assert list(known_migrations()) == list(range(1, len(NAMES) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_one_statement_that_can_be_repeated(name: str) -> None:
    text = statement(f"migrations/{name}")

    assert ";" not in text
    assert text.startswith((*REPEATABLE, "INSERT IGNORE INTO "))
    if text.startswith("CREATE TABLE"):
        assert text.endswith(STORAGE)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_after_what_it_makes(name: str) -> None:
    made = re.search(r"(?:EXISTS|VIEW|INTO) (\w+)", statement(f"migrations/{name}"))

    assert made is not None
    assert name[5:] in {
        f"create_{made[1]}",
        f"create_view_{made[1]}",
        f"insert_{made[1]}_row",
    }


def test_a_checksum_does_not_depend_on_line_ends(tmp_path: Path) -> None:
    for folder, line_end in (("unix", b"\n"), ("windows", b"\r\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0001_make.sql").write_bytes(b"SELECT" + line_end + b"1")

    assert known_migrations(tmp_path / "unix") == known_migrations(tmp_path / "windows")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["0001_one.sql", "0001_two.sql"], "Two migrations have the number 0001."),
        (["1_one.sql"], "1_one.sql is no migration: NNNN_what_it_does.sql is."),
    ],
)
def test_a_folder_that_cannot_be_meant_is_refused(
    tmp_path: Path, files: list[str], message: str
) -> None:
    for name in files:
        (tmp_path / name).touch()

    with pytest.raises(ConfigurationError, match=re.escape(message)):
        known_migrations(tmp_path)
