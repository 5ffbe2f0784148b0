"""An analyst's own question: streamed, typed, read-only, with a manifest."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pymysql
import pytest

from cli.main import run
from clickledger.errors import ExitCode, UsageError
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from reports.checks import Status
from reports.formats import Format
from reports.query import export_query
from reports.verify import open_bundle, verify
from tests.stack.reports.reported import Reported
from tests.stack.stream.deployment import environment_of
from tests.unit.cli.invoking import invoke

pytestmark = pytest.mark.stack

QUESTION = """-- per cent stays: 100 %
SELECT device_type, device_id, SUM(clicks) AS clicks, AVG(events) AS mean, MAX(minute) AS newest
FROM clicks_by_minute GROUP BY device_type, device_id ORDER BY device_type, device_id;
"""


def answer(reported: Reported, text: str, target: Path, wanted: Format) -> Path:
    with connected(reported.settings, Role.READER) as connection:
        export_query(connection, text, target, wanted)
    assert {check.status for check in verify(open_bundle(target))} == {Status.OK}
    return target / f"answer.{wanted}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT clickz FROM clicks_by_minute", "Unknown column 'clickz'"),
        ("SELEC 1", "near 'SELEC 1'"),
        ("SELECT * FROM nothing_here", "nothing_here' doesn't exist"),
    ],
)
def test_a_slip_in_a_question_is_told_in_the_servers_words(
    reported: Reported, tmp_path: Path, text: str, said: str
) -> None:
    question = tmp_path / "question.sql"
    question.write_text(text)
    code, out, err = invoke(
        *("export", "--query", str(question)), env=environment_of(reported.settings)
    )
    assert (code, out) == (ExitCode.USAGE, "")
    assert said in err
    assert f"mend {question}" in err


def test_a_question_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.sql").write_bytes(b"SELECT '\xe4'")
    assert run(["export", "--query", str(tmp_path / "latin.sql")]) == ExitCode.USAGE
    assert "is not UTF-8 text" in capsys.readouterr().err
    assert run(["export", "--query", str(tmp_path / "none.sql")]) == ExitCode.USAGE
    assert "No such file" in capsys.readouterr().err


def test_every_format_holds_the_answer(reported: Reported, tmp_path: Path) -> None:
    parquet = pd.read_parquet(answer(reported, QUESTION, tmp_path / "p", Format.PARQUET))
    text = pd.read_csv(
        answer(reported, QUESTION, tmp_path / "c", Format.CSV), keep_default_na=False
    )
    book = openpyxl.load_workbook(answer(reported, QUESTION, tmp_path / "x", Format.XLSX))
    expected = len({row[1:3] for row in reported.rows.values()})
    assert len(parquet) == len(text) == book["answer"].max_row - 1 == expected
    assert (
        parquet["clicks"].sum() == text["clicks"].sum() == sum(r[3] for r in reported.rows.values())
    )
    assert str(parquet["newest"].dtype) == "datetime64[ms, UTC]"
    manifest = json.loads((tmp_path / "p" / "datapackage.json").read_text())
    (resource,) = manifest["resources"]
    assert resource["rows"] == expected
    assert resource["controlTotals"] == {"clicks": parquet["clicks"].sum()}
    assert manifest["clickledger"]["question"] == QUESTION


def test_it_may_only_read_and_leaves_nothing_half_made(reported: Reported, tmp_path: Path) -> None:
    for text in ("DELETE FROM hours", "SELECT 1 AS a, 2 AS a", "", "SELECT nothing"):
        with pytest.raises((UsageError, pymysql.MySQLError)):
            answer(reported, text, tmp_path / "q", Format.CSV)
        assert list(tmp_path.iterdir()) == []
    assert reported.ask("SELECT COUNT(*) > 0 AS there FROM hours") == [{"there": 1}]
