"""An analyst's own question: streamed, typed, read-only, with a manifest."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pymysql
import pytest

from cli.main import run
from clickledger.errors import ExitCode, UsageError
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from reports.checks import Status
from reports.formats import Format
from reports.manifest import sums_text, write_json
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


ODD_ROWS = """SELECT 'a\nb' AS t, 5 AS n UNION ALL SELECT '', -2
    UNION ALL SELECT '=1', NULL UNION ALL SELECT NULL, NULL"""


@pytest.mark.parametrize("wanted", list(Format))
@pytest.mark.parametrize(
    ("question", "rows", "totals"),
    [
        (ODD_ROWS, 4, {"n": 3}),
        ("SELECT 1 AS n UNION ALL SELECT NULL", 2, {"n": 1}),
        ("SELECT device_id FROM clicks_by_minute WHERE 1 = 2", 0, {}),
    ],
)
def test_rows_and_totals_of_an_answer_are_counted_again(
    reported: Reported, tmp_path: Path, wanted: Format, question: str, rows: int, totals: Any
) -> None:
    folder = answer(reported, question, tmp_path / "q", wanted).parent
    manifest = json.loads((folder / "datapackage.json").read_text())
    (resource,) = manifest["resources"]
    assert (resource["rows"], resource["controlTotals"]) == (rows, totals)
    resource["rows"] = 999
    write_json(folder / "datapackage.json", manifest)
    (folder / "SHA256SUMS").write_bytes(sums_text(folder, manifest))
    found = [each for each in verify(open_bundle(folder)) if each.status != Status.OK]
    assert [each.name for each in found] == ["rows and totals"]


VALUES = """SELECT CAST('2026-01-15 01:02:03.456' AS DATETIME(3)) AS ms,
    CAST('2026-01-15 01:02:03.456789' AS DATETIME(6)) AS us,
    CAST('2026-01-15 01:02:03' AS DATETIME) AS s,
    CAST('12345678901234567890.25' AS DECIMAL(30, 2)) AS d, CAST('-25:00:01' AS TIME) AS t,
    9007199254740993 AS n"""


def test_no_value_of_an_answer_changes(reported: Reported, tmp_path: Path) -> None:
    (row,) = pq.read_table(answer(reported, VALUES, tmp_path / "p", Format.PARQUET)).to_pylist()
    moment = datetime(2026, 1, 15, 1, 2, 3, tzinfo=UTC)
    assert row == {
        "ms": moment.replace(microsecond=456_000),
        "us": moment.replace(microsecond=456_789),
        "s": moment,
        "d": Decimal("12345678901234567890.25"),
        "t": "-25:00:01",
        "n": 9007199254740993,
    }
    text = answer(reported, VALUES, tmp_path / "c", Format.CSV).read_text().splitlines()[1]
    assert text == (
        '"2026-01-15T01:02:03.456Z","2026-01-15T01:02:03.456789Z","2026-01-15T01:02:03Z",'
        '12345678901234567890.25,"\'-25:00:01",9007199254740993'
    )


@pytest.mark.parametrize("wanted", list(Format))
@pytest.mark.parametrize(
    "value", ["CAST(18446744073709551615 AS UNSIGNED)", "CAST('0000-00-00' AS DATE)"]
)
def test_what_no_format_holds_is_refused_by_its_column(
    reported: Reported, tmp_path: Path, value: str, wanted: Format
) -> None:
    with pytest.raises(UsageError, match=r"The column odd .* CAST\(odd AS CHAR\)"):
        answer(reported, f"SELECT {value} AS odd", tmp_path / "q", wanted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        "9007199254740993",
        "CAST('1234567890123456.5' AS DECIMAL(20, 1))",
        "REPEAT('x', 32768)",
        "REPEAT('🦊', 16384)",
        "CAST('1899-12-31' AS DATE)",
        "CAST('2026-01-15 01:02:03.456789' AS DATETIME(6))",
    ],
)
def test_what_a_sheet_cannot_hold_exactly_is_refused_by_its_column(
    reported: Reported, tmp_path: Path, value: str
) -> None:
    with pytest.raises(UsageError, match=r"Row 1 of the column odd .* exactly"):
        answer(reported, f"SELECT {value} AS odd", tmp_path / "q", Format.XLSX)
    assert list(tmp_path.iterdir()) == []


ODD_NAMES = """SELECT IF(device_type = "mobile", "m", "d"), 7 AS `=1+1`, 8 AS `a
"b`, 9 AS `'=1+1` FROM clicks_by_minute LIMIT 1"""


@pytest.mark.parametrize("wanted", list(Format))
@pytest.mark.parametrize("exact", [True, False])
def test_names_of_columns_are_text_like_any_other(
    reported: Reported, tmp_path: Path, wanted: Format, exact: bool
) -> None:
    """An expression that was given no name is named by its text."""
    with connected(reported.settings, Role.READER) as connection:
        export_query(connection, ODD_NAMES, tmp_path / "q", wanted, exact_csv=exact)
    assert [each for each in verify(open_bundle(tmp_path / "q")) if each.status != Status.OK] == []
    manifest = json.loads((tmp_path / "q" / "datapackage.json").read_text())
    (resource,) = manifest["resources"]
    assert resource["controlTotals"] == {"=1+1": 7, 'a\n"b': 8, "'=1+1": 9}
    if wanted is Format.CSV:
        with (tmp_path / "q" / "answer.csv").open(encoding="utf-8", newline="") as file:
            heading, row = csv.reader(file)
        expression = 'IF(device_type = "mobile", "m", "d")'
        marked = ["=1+1", 'a\n"b', "'=1+1"] if exact else ["'=1+1", 'a\n"b', "''=1+1"]
        assert heading == [expression, *marked]
        assert row[1:] == ["7", "8", "9"]


@pytest.mark.parametrize("wanted", list(Format))
def test_bytes_are_refused_by_their_column(
    reported: Reported, tmp_path: Path, wanted: Format
) -> None:
    with pytest.raises(UsageError, match=r"The column odd holds bytes .* HEX\(odd\) AS odd"):
        answer(reported, "SELECT X'61FF' AS odd", tmp_path / "q", wanted)
    assert list(tmp_path.iterdir()) == []
    answer(reported, "SELECT X'C3A9' AS fine", tmp_path / "q", wanted)


def test_a_sheet_holds_the_rest_as_it_is(reported: Reported, tmp_path: Path) -> None:
    question = """SELECT 9007199254740992 AS n, CAST('0.100' AS DECIMAL(9, 3)) AS d,
        REPEAT('x', 32767) AS t, CAST('2026-01-15 01:02:03.456' AS DATETIME(3)) AS ms,
        '<r><t>x</t></r>' AS `<r>&</r>`"""
    book = openpyxl.load_workbook(answer(reported, question, tmp_path / "x", Format.XLSX))
    heading, row = book["answer"].iter_rows(values_only=True)
    moment = datetime(2026, 1, 15, 1, 2, 3, 456_000)  # noqa: DTZ001
    assert heading == ("n", "d", "t", "ms", "<r>&</r>")
    assert row == (9007199254740992, 0.1, "x" * 32767, moment, "<r><t>x</t></r>")
