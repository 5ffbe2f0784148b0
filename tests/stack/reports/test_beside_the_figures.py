"""What is said beside the figures: measures, comparisons, states, what others hold against them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected
from clickledger.settings import Role
from reports.due import renew_index
from reports.formats import Format
from reports.publish import Published
from reports.query import export_query
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import DAY, ONE_DAY, Reported, manifest
from tests.stack.stream.deployment import environment_of
from tests.unit.cli.invoking import invoke

pytestmark = pytest.mark.stack

MEASURES = "INSERT INTO event_measures_by_hour VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
ARRIVALS = "INSERT INTO arrivals_by_hour VALUES (%s, %s, %s, %s)"
INCIDENT = """INSERT INTO incidents (id, verdict, detail, next_step, opened_at, last_seen_at)
    VALUES (1, %s, 'so it says', '', NOW(3), NOW(3))"""


def page_of(found: Published) -> str:
    return (folder_of(found) / "report.html").read_text(encoding="utf-8")


def folder_of(found: Published) -> Path:
    assert found.folder is not None
    return found.folder


def sheet(found: Published, name: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(folder_of(found) / "report.xlsx")
    return list(book[name].iter_rows(values_only=True))


def late(reported: Reported) -> Row:
    return Row(reported.bounds().starts_at, "mobile", "late", 5, 1)


def test_lateness_copies_and_rejects_are_sums_over_the_days_hours(reported: Reported) -> None:
    first, behind = reported.bounds().first_hour, reported.bounds().ends_at + timedelta(minutes=30)
    second = first + timedelta(hours=1)
    with reported.admin.cursor() as cursor:
        cursor.executemany(
            MEASURES,
            [
                (first, "mobile", 100, 3, 60, 20, 10, 6, 4),
                (second, "web", 900, 7, 800, 50, 30, 19, 1),
                (behind, "web", 7000, 1, 7000, 0, 0, 0, 0),  # of the next day
            ],
        )
        cursor.executemany(
            ARRIVALS,
            [
                (first, "mobile", "accepted", 1180),
                (first, "", "not_utf8", 15),
                (second, "web", "bad_time", 5),
                (behind, "web", "bad_time", 5000),
            ],
        )
    found = reported.publish()
    expected = [
        ("events that came up to a minute after they happened", 860, 0.86),
        ("events that came up to ten minutes after they happened", 70, 0.07),
        ("events that came up to an hour after they happened", 40, 0.04),
        ("events that came up to a day after they happened", 25, 0.025),
        ("events that came later than a day after they happened", 5, 0.005),
        ("surplus copies of an event (counted)", 10, 0.01),
        ("records that were rejected", 20, 20 / 1200),
        ("rejected: bad_time", 5, 5 / 1200),
        ("rejected: not_utf8", 15, 15 / 1200),
    ]
    said = [(words, n, pytest.approx(share)) for words, n, share in expected]
    assert sheet(found, "Quality")[1:] == said
    page = page_of(found)
    shares = ["86.0%", "7.0%", "4.0%", "2.5%", "0.50%", "1.0%", "1.7%", "0.42%", "1.2%"]
    for (words, n, _), share in zip(expected, shares, strict=True):
        row = f'<tr><td>{words}</td><td class="n">{n}</td><td class="n">{share}</td></tr>'
        assert row in page
    assert "up to a minute: 860 (86.0%)" in page


def test_a_change_is_that_since_the_version_it_names(reported: Reported) -> None:
    before = reported.publish(DAY - ONE_DAY).totals
    found = reported.publish()
    now = found.totals
    rows = {row[0]: row for row in sheet(found, "Summary")}
    for name in ("clicks", "events", "devices"):
        share = (now[name] - before[name]) / before[name]
        assert rows[name][:4] == (name, now[name], before[name], pytest.approx(share))
        assert rows[name][4:] == (None, None)  # a week before, nothing was published
        assert f"<dd>{share:+.1%}</dd>" in page_of(found)


def test_every_sheet_of_a_provisional_day_says_so(reported: Reported) -> None:
    reported.add(late(reported))
    for provisional in (True, False):
        found = reported.publish(provisional=provisional)
        book = openpyxl.load_workbook(folder_of(found) / "report.xlsx")
        assert len(book.worksheets) == 6
        for each in book.worksheets:
            marked = str(each["A1"].value).startswith("PROVISIONAL: 1 of its 25 hours")
            printed = "PROVISIONAL" in (each.oddHeader.center.text or "")
            assert (marked, printed) == (provisional, provisional), each.title
        reported.reconcile()


def test_the_database_lists_the_files_of_the_manifest(reported: Reported) -> None:
    found = reported.publish()
    rows = reported.ask("SELECT path, bytes, sha256, table_rows FROM export_files ORDER BY path")
    listed = [
        {
            "path": each["path"],
            "bytes": each["bytes"],
            "sha256": each["hash"].removeprefix("sha256:"),
            "table_rows": each.get("rows"),
        }
        for each in manifest(found.folder)["resources"]
    ]
    assert rows == sorted(listed, key=lambda each: str(each["path"]))


def test_versions_are_listed_and_compared_by_command(reported: Reported) -> None:
    reported.publish()
    reported.add(late(reported))
    reported.reconcile()
    reported.publish()
    environment = environment_of(reported.settings)
    code, out, err = invoke("export", "list", "--json", env=environment)
    assert code == ExitCode.OK, err
    found = [(each["day"], each["version"]) for each in json.loads(out)["exports"]]
    assert found == [(str(DAY), 2), (str(DAY), 1)]
    code, out, err = invoke("export", "diff", str(DAY), "v1", "v2", "--json", env=environment)
    assert code == ExitCode.OK, err
    document = json.loads(out)
    assert (document["before"], document["after"], document["has_more"]) == (1, 2, False)
    (device,) = (row for row in document["rows"] if row["table"] == "devices")
    assert (device["device_id"], device["clicks_moved"], device["events_moved"]) == ("late", 5, 1)


def invalid(folder: Path) -> dict[str, Any]:
    """What frictionless holds against the CSV files of a folder, by file."""
    from frictionless import Package

    described = manifest(folder)
    report = Package(described, basepath=str(folder)).validate()
    text = {each["name"] for each in described["resources"] if each["format"] == "csv"}
    assert text
    return {task.name: task.errors for task in report.tasks if task.name in text and task.errors}


def test_frictionless_finds_a_second_version_and_an_answer_valid(
    reported: Reported, tmp_path: Path
) -> None:
    reported.publish()
    reported.add(late(reported))
    reported.reconcile()
    second = folder_of(reported.publish())
    assert (second / "changes.csv").exists()
    assert invalid(second) == {}
    with connected(reported.settings, Role.READER) as connection:
        text = "SELECT device_type, SUM(clicks) AS clicks FROM clicks_by_minute GROUP BY 1"
        export_query(connection, text, tmp_path / "q", Format.CSV)
    assert invalid(tmp_path / "q") == {}


def test_the_calendar_tells_the_states_apart(reported: Reported) -> None:
    reported.publish(DAY - ONE_DAY)
    reported.publish()
    reported.add(late(reported))
    reported.reconcile()
    reported.publish()
    reported.add(late(reported)._replace(minute=reported.bounds(DAY + ONE_DAY).starts_at))
    reported.publish(DAY + ONE_DAY, provisional=True)
    with connected(reported.settings, Role.BATCH) as connection:
        renew_index(connection, reported.settings)
    text = (reported.settings.exports / "index.html").read_text(encoding="utf-8")
    for day, state, version in ((14, "final", 1), (15, "restated", 2), (16, "provisional", 1)):
        link = f'href="clicks/date=2026-01-{day}/v{version}/report.html"'
        assert f'<a class="{state}" {link} title="2026-01-{day}: {state}">{day}</a>' in text
    assert '<span class="waiting" title="2026-01-13: not published">13</span>' in text


@pytest.mark.parametrize(("verdict", "outcome"), [("wrong", "held"), ("down", "published")])
def test_a_stream_that_counts_wrongly_holds_every_day(
    reported: Reported, verdict: str, outcome: str
) -> None:
    """That it is down says nothing of a day that is over."""
    with reported.admin.cursor() as cursor:
        cursor.execute(INCIDENT, (verdict,))
    found = reported.publish()
    assert found.outcome == outcome
    if outcome == "held":
        assert found.why == ["an incident is open: so it says"]
