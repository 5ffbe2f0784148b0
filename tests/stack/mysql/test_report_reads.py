"""Every statement of the reports on both servers: published, restated, compared, delivered."""

from __future__ import annotations

from pathlib import Path

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings
from reports.deliver import claim_mail, copy_out
from reports.due import publish_days
from reports.publish import Ask
from reports.verify import open_bundle
from reports.verify_against import against_database
from tests.stack.mysql.minutes import Row
from tests.stack.reports.reported import DAY, KOLKATA, ONE_DAY, Reported, manifest

pytestmark = pytest.mark.stack


def test_a_day_is_published_and_restated(
    deployed: Settings, admin: Connection[Cursor], tmp_path: Path
) -> None:
    changes = {"home": tmp_path, "report_time_zone": KOLKATA, "delivery_url": str(tmp_path / "out")}
    settings = deployed.model_copy(update=changes)
    reported = Reported(settings, admin)
    reported.begin_anew()
    with connected(settings, Role.BATCH) as connection:
        early = reported.bounds().starts_at
        reported.add(Row(early, "mobile", "first", 2, 1))
        assert reported.publish(provisional=True).version == 1
        reported.reconcile()
        assert reported.publish().version == 2
        reported.add(Row(early, "mobile", "first", 3, 1), cause="duplicates")
        reported.reconcile()
        found = publish_days(connection, settings, [DAY, DAY + ONE_DAY], Ask("tests"))
        assert [each.version for each in found] == [3, 1]
        assert manifest(found[0].folder)["clickledger"]["reason"] == (
            "moved since v2: correction: duplicates"
        )
        true = reported.true_devices()
        assert found[0].totals == {
            "clicks": sum(row[2] for row in true),
            "events": sum(row[3] for row in true),
            "devices": len(true),
        }
        assert found[0].folder is not None
        checks = against_database(connection, open_bundle(found[0].folder))
        assert [check.status for check in checks] == ["ok", "ok"]
        assert [each.version for each in copy_out(connection, settings)] == [3, 1]
        assert claim_mail(connection, settings) is not None
        assert claim_mail(connection, settings) is None
