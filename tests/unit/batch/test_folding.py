"""Ranges folded up say together what each of them said; what does not fit together is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from batch.maintenance.ranges import folded
from clickledger.errors import AuditFailedError
from clickledger.ledger.positions import OffsetRange

pytestmark = pytest.mark.unit

SPAN = OffsetRange(0, 10, 40)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def row(start: int, end: int, **changes: Any) -> dict[str, Any]:
    """Half of the records are accepted, with three clicks each."""
    records = end - start
    return {
        "start_offset": start,
        "end_offset": end,
        "records_read": records,
        "holes": 0,
        "accepted": records // 2,
        "rejected": records - records // 2,
        "clicks": records // 2 * 3,
        "event_time_min_ms": start,
        "event_time_max_ms": end,
        "kafka_time_min_ms": start,
        "kafka_time_max_ms": end,
        "applied_at": NOW,
        "epoch": 1,
        "generation": "g",
        "rules_version": 1,
        "release_name": "r",
        "code_fingerprint": "f",
        **changes,
    }


def test_sums_and_extremes() -> None:
    of_holes = row(20, 30, records_read=0, holes=10, accepted=0, rejected=0, clicks=0)
    of_holes |= dict.fromkeys(name for name in of_holes if name.endswith("_ms"))
    assert folded(SPAN, [row(10, 20), of_holes, row(30, 40)]) == {
        "records_read": 20,
        "holes": 10,
        "accepted": 10,
        "rejected": 10,
        "clicks": 30,
        "event_time_min_ms": 10,
        "event_time_max_ms": 40,
        "kafka_time_min_ms": 10,
        "kafka_time_max_ms": 40,
        "applied_at": NOW,
    }


@pytest.mark.parametrize(
    "rows",
    [
        [row(10, 20), row(21, 40)],
        [row(10, 20), row(20, 39)],
        [row(11, 40)],
        [row(10, 20), row(20, 40, generation="another")],
        [row(10, 20), row(20, 40, code_fingerprint="another")],
        [],
    ],
)
def test_what_does_not_fit_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(AuditFailedError):
        folded(SPAN, rows)
