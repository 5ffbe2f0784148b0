"""A small book that balances, written in plain SQL."""

from __future__ import annotations

from pymysql.connections import Connection
from pymysql.cursors import Cursor

TABLES = (
    "clicks_by_minute",
    "type_clicks_by_minute",
    "stream_offsets",
    "stream_batches",
    "rules_versions",
    "rejected_counts",
    "rejected_events",
    "type_clicks_by_hour",
    "hours",
    "corrections",
)
# partition, start, end, epoch, rules version, read, holes, accepted, rejected, clicks
RANGES = (
    (0, 0, 10, 1, 1, 9, 1, 7, 2, 30),
    (0, 10, 20, 2, 1, 10, 0, 10, 0, 12),
    (0, 20, 23, 2, 2, 3, 0, 0, 3, 0),
    (1, 100, 105, 1, 1, 5, 0, 5, 0, 5),
    (1, 105, 110, 3, 2, 5, 0, 5, 0, 8),
)
# topic partition, origin, next: partition 2 is known and has nothing yet
LEDGER = ((0, 0, 23), (1, 100, 110), (2, 7, 7))
# minute, type, device, clicks, events: 27 events and 55 clicks, as in the ranges
MINUTES = (
    ("2026-01-01 10:00", "phone", "a", 30, 7),
    ("2026-01-01 10:00", "phone", "b", 5, 6),
    ("2026-01-01 10:00", "tablet", "a", 0, 1),
    ("2026-01-01 10:59", "phone", "a", 7, 5),
    ("2026-01-01 11:00", "phone", "a", 5, 3),
    ("2025-06-30 23:59", "tv", "c", 8, 5),
)
STATEMENTS = (
    "INSERT INTO type_clicks_by_minute"
    " SELECT minute, device_type, SUM(clicks), SUM(events), COUNT(*)"
    " FROM clicks_by_minute GROUP BY minute, device_type",
    "INSERT INTO hours (hour, state, version, updated_at) VALUES"
    " ('2025-06-30 23:00', 'reopened', 4, UTC_TIMESTAMP(3)),"
    " ('2026-01-01 10:00', 'reopened', 2, UTC_TIMESTAMP(3)),"
    " ('2026-01-01 11:00', 'open', 1, UTC_TIMESTAMP(3)),"
    " ('2026-01-01 12:00', 'provisional', 0, UTC_TIMESTAMP(3))",
    "INSERT INTO rejected_counts VALUES ('2026-01-01 10:00', 'bad_time', 4),"
    " ('2026-01-01 11:00', 'wrong_field_count', 1)",
    "INSERT INTO rules_versions VALUES (1, REPEAT('1', 64), '{}', UTC_TIMESTAMP(3)),"
    " (2, REPEAT('2', 64), '{}', UTC_TIMESTAMP(3))",
    "UPDATE stream_fence SET epoch = 3, owner = 'writer'",
)


def write_balanced_book(connection: Connection[Cursor]) -> None:
    """Replace what the tables hold by a book that balances."""
    connection.begin()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
        cursor.executemany(
            "INSERT INTO stream_batches VALUES ('clicks', %s, %s, %s, %s, 'generation', 0,"
            " %s, %s, %s, %s, %s, NULL, NULL, NULL, NULL, %s, 'release', 'code', UTC_TIMESTAMP(3))",
            [
                (part, start, end, epoch, read, holes, accepted, rejected, clicks, rules)
                for (
                    part, start, end, epoch, rules, read, holes, accepted, rejected, clicks,
                ) in RANGES
            ],
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO stream_offsets VALUES"
            " ('clicks', %s, 'topic', %s, %s, NULL, NULL, NULL, NULL, 3, UTC_TIMESTAMP(3))",
            LEDGER,
        )
        cursor.executemany("INSERT INTO clicks_by_minute VALUES (%s, %s, %s, %s, %s)", MINUTES)
        for text in STATEMENTS:
            cursor.execute(text)
    connection.commit()
