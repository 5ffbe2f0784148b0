"""A new epoch that rejects far more than the one before it is found; a client's mistake is not.

Nor is what an operator has allowed.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.clock import utc_now
from clickledger.errors import ReleaseFailedError
from lifecycle.signs import require_lag_falls, require_reject_share

pytestmark = pytest.mark.stack
FACTOR = 3.0
INSERT = """INSERT INTO stream_batches (topic, kafka_partition, start_offset, end_offset, epoch,
    generation, batch_id, records_read, holes, accepted, rejected, clicks, rules_version,
    release_name, code_fingerprint, applied_at)
    VALUES ('t', 0, %s, %s, %s, '', 0, %s, 0, %s, %s, 0, %s, 'r', '', %s)"""

ALLOW = """INSERT INTO reject_allowances (token, topic, kafka_partition, start_offset, end_offset,
    allowed_by, reason, created_at) VALUES ('t', 't', 0, %s, %s, 'tests', '', UTC_TIMESTAMP(3))"""


def book(
    connection: Connection[Cursor], since: datetime, epochs: dict[int, tuple[int, int, int]]
) -> None:
    """Epoch: (records, rejected, version of the rules); one range each, in their order."""
    start = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stream_batches")
        for epoch, (records, rejected, rules) in epochs.items():
            figures = (records, records - rejected, rejected, rules, since)
            cursor.execute(INSERT, (start, start + records, epoch, *figures))
            start += records


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param((10_000, 1_000, 1), (10_000, 3_000, 1), id="three times as many"),
        pytest.param((10_000, 0, 1), (10_000, 200, 1), id="a small share"),
        pytest.param((10_000, 0, 1), (999, 999, 1), id="too few to say"),
        pytest.param((999, 0, 1), (10_000, 9_000, 1), id="too few before"),
        pytest.param((10_000, 0, 1), (10_000, 9_000, 2), id="by other rules"),
    ],
)
def test_what_says_nothing(
    admin: Connection[Cursor], old: tuple[int, int, int], new: tuple[int, int, int]
) -> None:
    since = utc_now()
    book(admin, since, {4: old, 5: new})
    require_reject_share(admin, 5, since, FACTOR)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ((10_000, 1_000, 1), (10_000, 3_001, 1), "30.0% of its records; before it 10.0%"),
        ((10_000, 0, 1), (10_000, 201, 1), "2.0% of its records; before it 0.0%"),
    ],
)
def test_too_much_is_rejected(
    admin: Connection[Cursor], old: tuple[int, int, int], new: tuple[int, int, int], said: str
) -> None:
    since = utc_now()
    book(admin, since, {4: old, 5: new})
    with pytest.raises(ReleaseFailedError, match=f"Epoch 5 rejects {said}"):
        require_reject_share(admin, 5, since, FACTOR)


def test_what_an_operator_lets_be_rejected_says_nothing(admin: Connection[Cursor]) -> None:
    """Known garbage is behind the stream's restart: a range that the allowance only touches too."""
    since = utc_now()
    book(admin, since, {3: (10_000, 0, 1), 4: (1_000, 1_000, 1), 5: (5_000, 5_000, 1)})
    with pytest.raises(ReleaseFailedError, match="Epoch 5 rejects"):
        require_reject_share(admin, 5, since, FACTOR)
    with admin.cursor() as cursor:
        cursor.execute(ALLOW, (10_999, 11_001))
    require_reject_share(admin, 5, since, FACTOR)
    with admin.cursor() as cursor:
        cursor.execute("UPDATE reject_allowances SET end_offset = 11000")
    with pytest.raises(ReleaseFailedError, match=r"rejects 100.0% .* 0.0% were"):
        require_reject_share(admin, 5, since, FACTOR)


def test_a_lag_that_does_not_fall(
    admin: Connection[Cursor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.signs.LAG_FALLS_WITHIN_S", 0.0)
    with admin.cursor() as cursor:
        cursor.execute("UPDATE stream_state SET lag_events = 500")
    require_lag_falls(admin, 5, 500)
    with pytest.raises(ReleaseFailedError, match="500 events wait, 0 s after 499"):
        require_lag_falls(admin, 5, 499)
