"""A day gets a new version when, and only when, its figures have moved; and it says what moved."""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pymysql
import pytest

from clickledger.clock import to_epoch_ms
from clickledger.mysql.connection import connected, fetch_all
from clickledger.settings import Role
from reports.changes import read_changes
from reports.checks import Status
from reports.day import find_day
from reports.deliver import claim_mail, copy_out, end_announcements, unannounced
from reports.due import due_days, publish_days
from reports.gate import held_by
from reports.neutral_text import MARK
from reports.origins import origins_of
from reports.publish import Ask, Published
from reports.registry import exports_of
from reports.verify import open_bundle, verify
from reports.verify_against import against_database, corrected_hours, moved_hours
from tests.stack.mysql.built_hours import hour_of
from tests.stack.mysql.minutes import Row
from tests.stack.mysql.servers import Server, deployment
from tests.stack.reports.reported import (
    DAY,
    KOLKATA,
    ONE_DAY,
    Reported,
    contents,
    judge,
    manifest,
)

pytestmark = pytest.mark.stack

ASK = Ask("tests")
AROUND = (DAY - ONE_DAY, DAY, DAY + ONE_DAY)


def late(reported: Reported, device: str, clicks: int = 5) -> Row:
    """An event in the hour in which the day begins, which the day before shares."""
    return Row(reported.bounds().starts_at, "mobile", device, clicks, 1)


def changes_of(found: Published) -> list[dict[str, str]]:
    assert found.folder is not None
    with (found.folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        return [{k: v.removeprefix(MARK) for k, v in row.items()} for row in csv.DictReader(file)]


def database_check(reported: Reported, folder: Path | None) -> list[Any]:
    assert folder is not None
    with connected(reported.settings, Role.READER) as connection:
        return list(against_database(connection, open_bundle(folder)))


def latest(found: Published) -> str:
    assert found.folder is not None
    return str((found.folder.parent / "latest").readlink())


def warn(reported: Reported, expectation: str, observed: str) -> None:
    with reported.admin.cursor() as cursor:
        cursor.execute("UPDATE day_judgements SET verdict = 'warned'")
        cursor.execute(
            "INSERT INTO quality_results (judgement, expectation, severity, verdict,"
            " rows_checked, rows_unexpected, expected, observed)"
            " SELECT MAX(id), %s, 'warning', 'failed', 1, 1, 'another', %s"
            " FROM day_judgements WHERE day = %s",
            (expectation, observed, DAY),
        )


def test_two_databases_with_the_same_cut_make_the_same_bytes(
    reported: Reported, report_server: Server, tmp_path: Path
) -> None:
    """The other one was filled in another order, its hours were touched more often."""
    with (
        deployment(report_server, home=tmp_path, report_time_zone=KOLKATA) as settings,
        closing(report_server.admin(settings.mysql_database)) as admin,
    ):
        other = Reported(settings, admin)
        other.fill([row for row in reported.rows.values() if row.device_id != "d0001"][::-1])
        other.add(*(row for row in reported.rows.values() if row.device_id == "d0001"))
        other.reconcile()
        for each, age in ((reported, "3601"), (other, "9000")):  # judged at another moment
            warn(each, "fresh", age)
            warn(each, "no_new_device_types", "tablet")
        one, two = contents(reported.publish().folder), contents(other.publish().folder)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    assert b"no new device types" in one["report.html"]
    assert b"fresh" not in one["report.html"]


def test_late_events_and_a_correction_make_a_version_that_says_so(reported: Reported) -> None:
    for day in (DAY - ONE_DAY, DAY, DAY + ONE_DAY):
        assert reported.publish(day).outcome == "published"
    reported.add(late(reported, "=late"))
    reported.add(late(reported, "d0001", 7), cause="duplicates")
    reported.add(late(reported, "both", 2))
    reported.add(late(reported, "both", 3), cause="rules")
    reported.reconcile()

    found = reported.publish()
    assert (found.outcome, found.version) == ("published", 2)
    moved = {row["device_id"]: row for row in changes_of(found) if row["table"] == "devices"}
    expected = {
        "=late": ("5", "1", "late events"),
        "d0001": ("7", "1", "correction: duplicates"),
        "both": ("5", "2", "correction: rules; late events"),
    }
    names = ("clicks_moved", "events_moved", "why")
    assert {key: tuple(row[name] for name in names) for key, row in moved.items()} == expected
    (of_type,) = (row for row in changes_of(found) if row["table"] == "types")
    assert int(of_type["clicks_after"]) - int(of_type["clicks_before"]) == 17
    assert manifest(found.folder)["clickledger"]["state"] == "restated"
    assert manifest(found.folder)["clickledger"]["since"] == 1
    assert latest(found) == "v2"
    for day in (DAY - ONE_DAY, DAY + ONE_DAY):  # their hours moved, or nothing did
        assert reported.publish(day).outcome == "unchanged"
    assert reported.publish().outcome == "unchanged"
    assert {check.status for check in verify(open_bundle(found.folder or Path()))} == {Status.OK}
    first = reported.settings.exports / "clicks/date=2026-01-15/v1"
    assert [check.status for check in database_check(reported, found.folder)] == ["ok", "ok"]
    assert [check.status for check in database_check(reported, first)] == ["ok", "moved"]
    with_scratch = read_changes(first, found.folder or Path(), None, first.parent)
    assert [row["device_id"] for row in with_scratch if row["table"] == "devices"] == [
        "=late", "both", "d0001",
    ]  # fmt: skip


def test_a_row_that_was_put_right_again_explains_nothing(reported: Reported) -> None:
    """Its figure is what it was; what is left of the row's move came with a late event."""
    reported.publish()
    row = late(reported, "d0001", 7)
    reported.add(row)  # by hand, and back
    assert reported.publish(provisional=True).version == 2
    reported.add(row._replace(clicks=-7, events=-1), cause="manual change")
    reported.add(late(reported, "d0001", 2))
    reported.reconcile()
    found = reported.publish()
    assert found.why == ["final now; moved since v1: late events"]
    assert {each["why"] for each in changes_of(found)} == {"late events"}


def test_a_first_visit_found_on_another_day_makes_no_version(reported: Reported) -> None:
    first = reported.publish()
    new = manifest(first.folder)["clickledger"]["newDevices"]
    device = next(
        iter({row[:2] for row in reported.true_devices()} - set(reported.rows_before(DAY)))
    )
    reported.add(Row(reported.bounds(DAY - ONE_DAY).starts_at, *device, 1, 1))
    reported.reconcile()
    assert new > 0
    assert reported.publish().outcome == "unchanged"


def test_what_is_not_the_databases_and_has_not_moved_fails(reported: Reported) -> None:
    found = reported.publish()
    with reported.admin.cursor() as cursor:
        cursor.execute("UPDATE clicks_by_day SET clicks = clicks + 1 LIMIT 1")
        cursor.execute(
            "UPDATE clicks_by_day SET clicks = clicks + 1 WHERE day = %s LIMIT 1", (DAY,)
        )
    assert [check.status for check in database_check(reported, found.folder)] == ["ok", "failed"]


def test_only_corrections_excuse_another_recount_below_the_old_cut(reported: Reported) -> None:
    """A late event lies beyond the cut of a version that was published before."""
    assert reported.publish().folder is not None
    bundle = open_bundle(reported.settings.exports / "clicks" / f"date={DAY}" / "v1")

    def looked_at() -> tuple[list[str], list[str]]:
        with connected(reported.settings, Role.BATCH) as connection:
            found = origins_of(connection, find_day(connection, DAY))
            return moved_hours(connection, bundle, found), corrected_hours(
                connection, bundle, found
            )

    assert looked_at() == ([], [])
    row = late(reported, "d0001")
    reported.add(row)
    reported.reconcile()
    hour = f"{hour_of(row.minute):%Y-%m-%dT%H:%M:%SZ}"
    assert looked_at() == ([hour], [])
    reported.add(row, cause="duplicates")
    reported.reconcile()
    assert looked_at() == ([hour], [hour])


def test_a_day_without_hours_keeps_no_other_day_back(reported: Reported) -> None:
    days = [DAY - ONE_DAY, date(2031, 1, 1), DAY]
    with connected(reported.settings, Role.BATCH) as connection:
        found = publish_days(connection, reported.settings, days, ASK)
    assert [(each.day, each.outcome) for each in found] == list(
        zip(days, ("published", "failed", "published"), strict=True)
    )
    assert f"date={DAY}" in (reported.settings.exports / "index.html").read_text()


@pytest.mark.parametrize("harm", ["remove", "rot"])
def test_a_damaged_old_file_keeps_no_version_back(reported: Reported, harm: str) -> None:
    """What the new version is compared with is gone: it says so, and every day is published."""
    first = reported.publish()
    assert first.folder is not None
    old = first.folder / "devices-0001.parquet"
    if harm == "remove":
        old.unlink()
    else:
        before = old.read_bytes()
        old.write_bytes(before[:200] + bytes(100) + before[300:])
    reported.add(late(reported, "d0001"))
    reported.reconcile()
    with connected(reported.settings, Role.BATCH) as connection:
        done = publish_days(connection, reported.settings, AROUND, ASK)
    found = {each.day: each for each in done}
    assert {day: (each.outcome, each.version) for day, each in found.items()} == {
        DAY - ONE_DAY: ("published", 1),
        DAY: ("published", 2),
        DAY + ONE_DAY: ("published", 1),
    }
    assert found[DAY].why == ["the files of v1 are gone or damaged"]
    assert (found[DAY].folder or Path()).parent.joinpath("latest").readlink() == Path("v2")


def test_whatever_goes_wrong_with_a_day_is_that_days_alone(
    reported: Reported, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a file stands where its folder should."""
    in_the_way = reported.settings.exports / "clicks" / f"date={DAY}"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()
    with connected(reported.settings, Role.BATCH) as connection:
        found = publish_days(connection, reported.settings, AROUND, ASK)
    outcomes = {each.day: each.outcome for each in found}
    assert outcomes == {DAY - ONE_DAY: "published", DAY: "failed", DAY + ONE_DAY: "published"}
    (failed,) = (each for each in found if each.outcome == "failed")
    assert failed.why[0].startswith("FileExistsError: ")
    assert f"{DAY} was not published" in caplog.text
    assert f"date={DAY + ONE_DAY}" in (reported.settings.exports / "index.html").read_text()


def test_a_lost_connection_is_no_days_fault(reported: Reported) -> None:
    with connected(reported.settings, Role.BATCH) as connection:
        (mine,) = fetch_all(connection, "SELECT CONNECTION_ID() AS id")
        days = []

        def heard(found: Published) -> None:
            days.append(found.day)
            with reported.admin.cursor() as cursor:
                cursor.execute("KILL %s", (mine["id"],))

        with pytest.raises(pymysql.MySQLError):
            publish_days(connection, reported.settings, AROUND, ASK, heard)
    assert days == [AROUND[0]]


def test_the_gate_holds_and_the_last_good_version_stays(reported: Reported) -> None:
    assert reported.publish().version == 1
    reported.add(late(reported, "d0002"))
    held = reported.publish()
    assert (held.outcome, held.version) == ("held", 1)
    assert held.why == ["1 of its 25 hours are not reconciled"]

    early = reported.publish(provisional=True)
    assert (early.outcome, early.version) == ("published", 2)
    assert latest(early) == "v1"
    assert manifest(early.folder)["clickledger"]["heldBackBy"] == held.why
    assert early.folder is not None
    assert '<div class="running">PROVISIONAL' in (early.folder / "report.html").read_text()
    assert {check.status for check in verify(open_bundle(early.folder))} == {Status.OK}
    assert reported.publish(provisional=True).outcome == "unchanged"

    reported.reconcile()
    final = reported.publish()
    assert (final.outcome, final.version, latest(final)) == ("published", 3, "v3")
    assert manifest(final.folder)["clickledger"]["since"] == 1


def test_a_day_that_runs_says_so_and_claims_no_more_than_was_done(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is reconciled yet, so nothing of it was measured."""
    early = reported.bounds().ends_at - ONE_DAY / 24
    reported.add(*(row._replace(clicks=0) for row in reported.rows.values()))
    found = held_by_at(reported, early)
    assert found[:2] == ["the day is not over", "25 of its 25 hours are not reconciled"]
    monkeypatch.setattr("reports.publish.held_by", lambda *_: found)
    page = page_of(reported.publish(provisional=True))
    assert "<li>the day is not over</li>" in page
    assert "Only 0 of 25 hours were counted again from the raw records" in page
    assert "counted again from the raw records, exactly" not in page
    assert "nothing was measured yet" in page
    assert "Events by how late they arrived" not in page
    reported.reconcile()
    monkeypatch.undo()
    assert held_by_at(reported, reported.bounds().ends_at) == []
    page = page_of(reported.publish())
    assert "counted again from the raw records, exactly" in page
    assert "nothing was measured yet" not in page


def held_by_at(reported: Reported, now: datetime) -> list[str]:
    with connected(reported.settings, Role.BATCH) as connection:
        day = find_day(connection, DAY)
        return held_by(connection, day, origins_of(connection, day), now)


def page_of(found: Published) -> str:
    assert found.folder is not None
    return (found.folder / "report.html").read_text(encoding="utf-8")


def test_a_day_that_was_not_judged_is_held(reported: Reported) -> None:
    with reported.admin.cursor() as cursor:
        cursor.execute("DELETE FROM day_judgements")
    assert reported.publish().why == [
        f"its quality was not judged yet: `clickledger quality --day {DAY}`"
    ]


def test_critical_quality_and_open_incidents_hold_a_day(reported: Reported) -> None:
    with reported.admin.cursor() as cursor:
        cursor.execute("UPDATE day_judgements SET verdict = 'failed' WHERE day = %s", (DAY,))
        cursor.execute(
            "INSERT INTO quality_results SELECT MAX(id), 'sums', 'critical', 'failed', 1, 1, '', ''"
            " FROM day_judgements WHERE day = %s",
            (DAY,),
        )
    assert reported.publish().why == ["sums failed (docs/runbooks/quality-failed.md)"]
    assert reported.publish(provisional=True).version == 1
    assert reported.publish(DAY + ONE_DAY).outcome == "published"
    judge(reported.admin)
    final = reported.publish()
    assert (final.version, final.why) == (2, ["final now; the same figures as v1"])
    assert final.folder is not None
    assert not (final.folder / "changes.csv").exists()
    assert "<p>Nothing: final now" in (final.folder / "report.html").read_text()
    with reported.admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hour_incidents (hour, run, cause, detail, next_step, opened_at,"
            " last_seen_at) VALUES (%s, 'r', 'unknown', 'odd rows', '', NOW(3), NOW(3))",
            (reported.bounds().first_hour,),
        )
    assert reported.publish().outcome == "held"
    assert "odd rows" in reported.publish().why[0]
    with reported.admin.cursor() as cursor:
        cursor.execute("DELETE FROM hour_incidents")


def test_what_is_due_is_published_once_and_delivered_once(
    reported: Reported, tmp_path: Path
) -> None:
    settings = reported.settings.model_copy(update={"delivery_url": f"file://{tmp_path}/out"})
    with connected(settings, Role.BATCH) as connection:
        due = due_days(connection, settings)
        assert {DAY - ONE_DAY, DAY, DAY + ONE_DAY} <= set(due)
        found = publish_days(connection, settings, None, ASK)
        assert [each.day for each in found] == due
        assert {each.outcome for each in found} == {"published"}
        assert publish_days(connection, settings, None, ASK) == []
        news = unannounced(connection, settings)
        assert {(each.day, each.version) for each in news} == {(day, 1) for day in due}
        end_announcements(connection, settings, {(day, 1) for day in due if day != DAY})
        assert [each.day for each in unannounced(connection, settings)] == [DAY]
        end_announcements(connection, settings, {(DAY, 1)})
        assert len(copy_out(connection, settings)) == len(due)
        assert copy_out(connection, settings) == []
        told = claim_mail(connection, settings)
        assert told is not None
        assert told.subject == f"clickledger: {len(due)} days published"
        assert claim_mail(connection, settings) is None
        reported.add(late(reported, "d0001"))
        reported.reconcile()
        again = publish_days(connection, settings, None, ASK)
        assert [(each.day, each.version) for each in again if each.outcome == "published"] == [
            (DAY, 2)
        ]
        assert [(each.day, each.version) for each in unannounced(connection, settings)] == [
            (DAY, 2)
        ]
        end_announcements(connection, settings, {(DAY, 2)})
        assert [each.version for each in copy_out(connection, settings)] == [2]
        one = claim_mail(connection, settings)
        assert one is not None
        assert "2026-01-15 is restated (v2)" in one.subject
        assert one.attachments[0].endswith("date=2026-01-15/v2/report.html")
        listed = exports_of(connection, KOLKATA, DAY)
    assert reported.ask("SELECT * FROM export_deliveries WHERE delivered_at IS NULL") == []
    copied = tmp_path / "out" / listed[-1].folder
    assert {check.status for check in verify(open_bundle(copied))} == {Status.OK}
    calendar = (settings.exports / "index.html").read_text()
    assert f'href="{listed[-1].folder}/report.html"' in calendar


GAP = """INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset, rules_version,
    arrived_after_ms, arrived_before_ms, accepted_at, accepted_by, reason)
    VALUES (%s, 1, %s, %s, 1, %s, %s, NOW(3), 'ann', 'a test')"""


def test_what_kafka_lost_is_said_until_a_backfill_closes_it(reported: Reported) -> None:
    """The day's figures are what they are: what may be missing stands beside them."""
    bounds, topic = reported.bounds(), reported.settings.topic
    begins, ends = to_epoch_ms(bounds.starts_at), to_epoch_ms(bounds.ends_at)
    gaps = [
        (0, 5, None, begins - 3 * 86_400_000),
        (5, 9, begins - 60_000, begins),
        (9, 12, ends, ends + 1),
    ]
    with reported.admin.cursor() as cursor:
        cursor.executemany(GAP, [(topic, *gap) for gap in gaps])
    found = reported.publish()
    (said,) = manifest(found.folder)["clickledger"]["gaps"]
    assert said == {
        "partition": 1,
        "start": 5,
        "end": 9,
        "arrivedAfter": "2026-01-14T18:29:00Z",
        "arrivedBefore": "2026-01-14T18:30:00Z",
    }
    words = "arrived after 2026-01-14T18:29:00Z and by 2026-01-14T18:30:00Z"
    assert page_of(found).count(words) == 2  # a warning, and what the figures rest on
    assert "Records are lost" in page_of(found)
    assert "Records are lost" not in page_of(reported.publish(DAY - 2 * ONE_DAY))
    assert {check.status for check in verify(open_bundle(found.folder or Path()))} == {Status.OK}
    with reported.admin.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_gaps SET closed_at = NOW(3), records = 0, accepted = 0, rejected = 0"
        )
    assert reported.publish().outcome == "unchanged"
    reported.add(late(reported, "found again"), cause="ledger gap closed")
    reported.reconcile()
    closed = reported.publish()
    assert closed.version == 2
    assert manifest(closed.folder)["clickledger"]["gaps"] == []
    assert "Records are lost" not in page_of(closed)
