"""A built day is judged: a clean one passes, and each expectation that is broken is named."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from batch.correct.ownership import bump
from batch.days import build_day
from batch.quality.bands import LIKE_DAYS
from batch.quality.judgements import Judgement
from batch.quality.runs import days_due, judge_day
from cli.main import run
from clickledger.day_quality import DayQuality, DayVerdict, day_quality
from clickledger.errors import ExitCode
from clickledger.mysql.connection import connected, fetch_all
from clickledger.report_calendar import keep_calendar, report_day
from clickledger.settings import Role, Settings
from tests.stack.mysql.built_hours import HOUR, hour_of, reconcile_hour, write_hours
from tests.stack.mysql.minutes import Row, random_rows
from tests.stack.stream.deployment import environment_of

pytestmark = pytest.mark.stack

SEED = 20260105
KOLKATA = "Asia/Kolkata"
DAY = report_day(KOLKATA, date(2026, 1, 15))
BEFORE = report_day(KOLKATA, DAY.day - timedelta(days=1))
NOW = DAY.ends_at + 2 * HOUR
NOON = (DAY.starts_at + 12 * HOUR).replace(minute=0)
OTHER_TABLES = ("arrivals_by_hour", "held_hours", "day_judgements", "quality_results")
KEY = "(time_zone, day, device_type, device_id)"
NASTY = "<img src=x> ${a} {{ b }}"


@pytest.fixture
def settings(deployed: Settings, tmp_path: Path) -> Settings:
    """The module's database, pages of its own."""
    return deployed.model_copy(update={"data_docs_folder": tmp_path})


@pytest.fixture
def batch(deployed: Settings) -> Iterator[Connection[Cursor]]:
    """The batch user's connection."""
    with connected(deployed, Role.BATCH) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _clean_day(admin: Connection[Cursor]) -> None:
    """Two built days of a zone that cuts hours, and a history that both are like."""
    print(f"seed {SEED}")  # noqa: T201
    rows = random_rows(random.Random(SEED), BEFORE.first_hour, 3 * 24 * 60, 1500)
    rows = [row for row in rows if row.minute < NOW]
    rows.append(Row(NOW - timedelta(minutes=10), "tv", "newest", 1, 1))
    states = dict.fromkeys(map(hour_of, (row.minute for row in rows)), "reconciled")
    with admin.cursor() as cursor:
        for table in OTHER_TABLES:
            cursor.execute(f"DELETE FROM {table}")
        write_hours(admin, sorted(set(rows)), states)
        keep_calendar(admin, KOLKATA)
        assert build_day(admin, "a run", BEFORE)
        assert build_day(admin, "a run", DAY)
        add_like_days(cursor)


def add_like_days(cursor: Cursor) -> None:
    """Seven weeks before, as many events each, a tenth of what arrived rejected."""
    for week in range(LIKE_DAYS + 1):
        starts_at = DAY.starts_at - timedelta(weeks=week)
        arrived = [(NOON - timedelta(weeks=week), "accepted", 90 + week),
                   (NOON - timedelta(weeks=week), "bad_time", 10)]  # fmt: skip
        cursor.executemany("INSERT INTO arrivals_by_hour VALUES (%s, 'tv', %s, %s)", arrived)
        if week:
            like = (DAY.day - timedelta(weeks=week), starts_at, starts_at + timedelta(days=1))
            cursor.execute(
                "INSERT INTO built_days SELECT time_zone, %s, %s, %s, run, built_at, hours,"
                " hours_version, clicks, events, devices FROM built_days WHERE day = %s",
                (*like, DAY.day),
            )


def judge(settings: Settings, connection: Connection[Cursor]) -> Judgement:
    judged = judge_day(settings, connection, DAY.day, "tests", NOW)
    assert judged is not None
    return judged


def verdicts(judged: Judgement) -> dict[str, str]:
    return {found.expectation: found.verdict for found in judged.findings}


def failed(judged: Judgement) -> set[str]:
    return {name for name, verdict in verdicts(judged).items() if verdict == "failed"}


def test_a_clean_day_passes_everything(settings: Settings, batch: Connection[Cursor]) -> None:
    assert days_due(batch) == [BEFORE.day, DAY.day]
    assert day_quality(batch, DAY.day) == DayQuality(DAY.day, DayVerdict.NONE, "final")

    judged = judge(settings, batch)
    assert verdicts(judged) == dict.fromkeys(verdicts(judged), "passed")
    assert len(judged.findings) == 11
    assert judged.verdict is DayVerdict.PASSED
    kept = day_quality(batch, DAY.day)
    assert (kept.verdict, kept.failed, kept.warnings) == (DayVerdict.PASSED, (), ())
    assert days_due(batch) == [BEFORE.day]


NEW_WEIGHT = "UPDATE clicks_by_day SET clicks = clicks + 100000 WHERE day = %(day)s LIMIT 1"
HARMS: dict[str, tuple[list[str], set[str]]] = {
    "a key twice": (
        [
            "ALTER TABLE clicks_by_day DROP PRIMARY KEY",
            "INSERT INTO clicks_by_day SELECT * FROM clicks_by_day WHERE day = %(day)s LIMIT 1",
        ],
        {"keys_unique", "hours_sum_to_days"},
    ),
    "a key without a name": (
        ["UPDATE clicks_by_hour SET device_id = '' WHERE hour = %(noon)s LIMIT 1"],
        {"keys_not_empty"},
    ),
    "a count below nothing": (
        ["UPDATE clicks_by_hour SET clicks = -1 WHERE hour = %(noon)s LIMIT 1"],
        {"counts_not_negative", "minutes_sum_to_hours", "hours_sum_to_days"},
    ),
    "a held hour": (
        ["INSERT INTO held_hours VALUES (%(noon)s, 'r', 'why', UTC_TIMESTAMP(3))"],
        {"hours_have_a_state"},
    ),
    "a lost minute of types": (
        ["DELETE FROM type_clicks_by_minute WHERE minute >= %(noon)s LIMIT 1"],
        {"minutes_sum_to_hours"},
    ),
    "a wrong day": (
        ["UPDATE type_clicks_by_day SET clicks = clicks + 1 WHERE day = %(day)s LIMIT 1"],
        {"hours_sum_to_days"},
    ),
    "unusually few events": (
        ["UPDATE built_days SET events = 2 * events WHERE day < %(day)s"],
        {"volume_in_band"},
    ),
    "unusually many rejects": (
        ["INSERT INTO arrivals_by_hour VALUES (%(noon)s, '', 'too_large', 4)"],
        {"reject_share_in_band"},
    ),
    "a new type": (
        ["DELETE FROM type_clicks_by_day WHERE device_type = 'tv' AND day < %(day)s"],
        {"no_new_device_types"},
    ),
    "one device with most of the clicks": (
        [NEW_WEIGHT],
        {"no_dominant_device", "hours_sum_to_days"},
    ),
    "nothing for two hours": (
        ["DELETE FROM type_clicks_by_minute WHERE minute >= %(end)s"],
        {"fresh", "minutes_sum_to_hours"},
    ),
}


@pytest.fixture
def _primary_key(admin: Connection[Cursor]) -> Iterator[None]:
    """Given back to a table that has lost its own."""
    yield
    with admin.cursor() as cursor:
        if not cursor.execute("SHOW KEYS FROM clicks_by_day WHERE Key_name = 'PRIMARY'"):
            cursor.execute("DELETE FROM clicks_by_day")
            cursor.execute(f"ALTER TABLE clicks_by_day ADD PRIMARY KEY {KEY}")


@pytest.mark.usefixtures("_primary_key")
@pytest.mark.parametrize("harm", HARMS)
def test_what_is_broken_is_named(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings, harm: str
) -> None:
    statements, names = HARMS[harm]
    asked = {"day": DAY.day, "noon": NOON, "end": DAY.ends_at}
    with admin.cursor() as cursor:
        for text in statements:
            assert cursor.execute(text, asked) or text.startswith("ALTER")
    judged = judge(settings, batch)
    assert failed(judged) == names
    kept = day_quality(batch, DAY.day)
    assert {*kept.failed, *kept.warnings} == names
    critical = {found.expectation for found in judged.findings if found.severity == "critical"}
    assert kept.verdict == (DayVerdict.FAILED if names & critical else DayVerdict.WARNED)


def test_a_reopened_day_is_not_judged_until_it_is_built_and_judged_again(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings
) -> None:
    judge(settings, batch)
    bump(admin, NOON, "reopened")
    assert day_quality(batch, DAY.day) == DayQuality(DAY.day, DayVerdict.NONE, "provisional")
    assert judge_day(settings, batch, DAY.day, "tests", NOW) is None

    reconcile_hour(admin, NOON)
    assert build_day(admin, "a later run", DAY)
    assert day_quality(batch, DAY.day) == DayQuality(DAY.day, DayVerdict.NONE, "final")
    assert days_due(batch) == [BEFORE.day, DAY.day]
    judge(settings, batch)
    assert day_quality(batch, DAY.day).verdict is DayVerdict.PASSED
    assert len(fetch_all(batch, "SELECT id FROM day_judgements")) == 2


def test_a_lost_hour_is_found_though_the_day_was_built_without_it(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM hours WHERE hour = %s", (NOON,))
    assert build_day(admin, "a run", DAY)
    judged = judge(settings, batch)
    assert failed(judged) == {"hours_have_a_state"}
    (found,) = [each for each in judged.findings if each.verdict == "failed"]
    assert found.observed == f"{NOON} (standing no state)"
    (incident,) = fetch_all(batch, "SELECT scope, verdict, detail FROM open_incidents")
    assert incident == {
        "scope": "day",
        "verdict": "quality",
        "detail": f"{DAY.day} is held from publication: hours_have_a_state",
    }


def test_there_is_no_history_until_there_are_seven_like_days(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM built_days WHERE day = %s", (DAY.day - timedelta(weeks=7),))
        cursor.execute("DELETE FROM type_clicks_by_day WHERE day < %s", (DAY.day,))
    found = verdicts(judge(settings, batch))
    names = {"volume_in_band", "reject_share_in_band", "no_new_device_types"}
    assert {name for name, verdict in found.items() if verdict == "no_history"} == names
    assert day_quality(batch, DAY.day).verdict is DayVerdict.PASSED


def test_a_day_with_sealed_hours_is_judged_without_their_minutes(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings
) -> None:
    with admin.cursor() as cursor:
        cursor.execute("UPDATE hours SET state = 'sealed' WHERE hour < %s", (DAY.ends_at,))
        for table in ("clicks_by_minute", "type_clicks_by_minute"):
            cursor.execute(f"DELETE FROM {table} WHERE minute < %s", (DAY.ends_at - HOUR / 2,))
    assert failed(judge(settings, batch)) == set()


class Page(HTMLParser):
    """Which tags a page has, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(f"{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_pages_say_what_was_found_and_are_replaced(
    admin: Connection[Cursor], batch: Connection[Cursor], settings: Settings
) -> None:
    """A type's name is anybody's: it is shown as it is, and is no markup."""
    with admin.cursor() as cursor:
        row = (KOLKATA, DAY.day, NASTY)
        cursor.execute("INSERT INTO type_clicks_by_day VALUES (%s, %s, %s, 1, 1, 1)", row)
    first = judge(settings, batch)
    pages = [Page(path) for path in sorted(first.pages.glob("validations/types/**/*.html"))]
    assert [any(NASTY in text for text in page.texts) for page in pages] == [True]
    assert not [tag for page in pages for tag in page.tags if "'x'" in tag]
    index = (first.pages / "index.html").read_text(encoding="utf-8")
    links = set(re.findall(r"validations/[^\"']*html", index))
    assert len(links) == 6
    assert all((first.pages / link).is_file() for link in links)
    texts = Page(first.pages / "index.html").texts
    assert {found.expectation for found in first.findings} < set(texts)
    assert any(NASTY in text for text in texts)

    before = first.pages.resolve()
    again = judge(settings, batch)
    assert again.pages == first.pages
    assert again.findings == first.findings
    assert not before.exists()
    assert {path.name for path in settings.data_docs.iterdir()} == {".builds", str(DAY.day)}
    assert len(list((settings.data_docs / ".builds").iterdir())) == 1


def test_pages_load_and_run_nothing(batch: Connection[Cursor], settings: Settings) -> None:
    pages = judge(settings, batch).pages
    assert {path.suffix for path in pages.rglob("*") if path.is_file()} == {".html"}
    for path in pages.rglob("*.html"):
        text, tags = path.read_text(encoding="utf-8"), Page(path).tags
        assert "://" not in text
        assert {tag.split()[0] for tag in tags} & {"script", "link", "img", "iframe"} == set()
        assert not [tag for tag in tags if " ('on" in tag or "[('on" in tag]
        assert sum("Content-Security-Policy" in tag for tag in tags) == 1


def test_the_command_judges_what_is_due_and_says_what_holds(
    admin: Connection[Cursor],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    with admin.cursor() as cursor:
        cursor.execute("UPDATE type_clicks_by_day SET devices = 9 WHERE day = %s", (DAY.day,))
    assert run(["quality", "--by", "tests", "--json"]) == ExitCode.QUALITY_FAILED
    said = capsys.readouterr()
    assert f"Not to be published: {DAY.day}. Next: docs/runbooks/quality-failed.md" in said.err
    found = {each["day"]: each for each in json.loads(said.out)["days"]}
    assert {day: each["verdict"] for day, each in found.items()} == {
        str(BEFORE.day): "passed",
        str(DAY.day): "failed",
    }
    assert run(["quality", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {"days": []}
    assert run(["quality", "--day", "2026-03-01"]) == ExitCode.NOT_RECONCILED
