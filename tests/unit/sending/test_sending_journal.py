"""The state file: always ahead of what is sent, never ahead of what is acknowledged."""

import json
from pathlib import Path

import pytest

from clickledger.errors import UsageError
from clickledger.sending.journal import ANNOUNCED_AT_ONCE, Journal, Progress, read_progress

pytestmark = pytest.mark.unit


def test_a_line_is_announced_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "state"
    journal = Journal(path, Progress("job"), clock=lambda: 0.0)
    for number in range(1, 3 * ANNOUNCED_AT_ONCE):
        journal.before(number, acknowledged=max(number - 10, 0))
        found = read_progress(path, "job")
        assert found.announced >= number
        assert found.acknowledged <= max(number - 10, 0)


def test_acknowledgements_are_written_as_time_goes_by(tmp_path: Path) -> None:
    path, now = tmp_path / "state", [0.0]
    journal = Journal(path, Progress("job"), clock=lambda: now[0])
    journal.before(1, acknowledged=0)
    now[0] += 0.4
    journal.before(2, acknowledged=1)
    assert read_progress(path, "job").acknowledged == 0
    now[0] += 0.2
    journal.before(3, acknowledged=2)
    assert read_progress(path, "job") == Progress("job", 2, 2 + ANNOUNCED_AT_ONCE)


def test_an_ordered_end_leaves_no_doubt(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state", Progress("job"))
    journal.before(1, 0)
    journal.close(acknowledged=7, sent=7)
    assert read_progress(tmp_path / "state", "job") == Progress("job", 7, 7)
    assert read_progress(tmp_path / "state", "job").in_doubt == 0
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_no_file_is_no_progress(tmp_path: Path) -> None:
    assert read_progress(tmp_path / "none", "job") == Progress("job")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"job": "x", "other": 1}', '"text"'])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "state").write_text(content)
    with pytest.raises(UsageError, match="state of a replay"):
        read_progress(tmp_path / "state", "job")


def test_the_state_of_another_job_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text(json.dumps({"job": "a", "acknowledged": 1, "announced": 1}))
    with pytest.raises(UsageError, match="another replay"):
        read_progress(tmp_path / "state", "b")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot write"):
        Journal(tmp_path / "none" / "state", Progress("job")).before(1, 0)
