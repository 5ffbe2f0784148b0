"""Rows that cannot be are refused by the tables themselves; ids are compared by their bytes."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.mysql.connection import fetch_all

pytestmark = pytest.mark.stack

CHECK_VIOLATED = {3819, 4025}  # MySQL's number, MariaDB's number
BATCH: dict[str, Any] = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 0,
    "end_offset": 10,
    "epoch": 1,
    "generation": "g",
    "batch_id": 0,
    "records_read": 9,
    "holes": 1,
    "accepted": 8,
    "rejected": 1,
    "clicks": 5,
    "event_time_min_ms": 1,
    "event_time_max_ms": 2,
    "kafka_time_min_ms": 1,
    "kafka_time_max_ms": 2,
    "rules_version": 1,
    "release_name": "r",
    "code_fingerprint": "f",
    "applied_at": "2026-01-01",
}
LEDGER: dict[str, Any] = {
    "topic": "clicks",
    "kafka_partition": 0,
    "topic_id": "t",
    "origin_offset": 5,
    "next_offset": 9,
    "last_offset": 8,
    "epoch": 1,
    "updated_at": "2026-01-01",
}
HOUR: dict[str, Any] = {"hour": "2026-01-01", "state": "open", "updated_at": "2026-01-01"}
STATE: dict[str, Any] = {"id": 1}
FENCE: dict[str, Any] = {"id": 1, "epoch": 0, "owner": ""}
SLOT: dict[str, Any] = {"slot": "a"}
RELEASE: dict[str, Any] = {
    "release_name": "r",
    "folder": "/r",
    "python": "/python",
    "code_fingerprint": "f",
    "content_fingerprint": "f",
    "spark_version": "4",
    "contract_version": 1,
    "schema_min": 1,
    "created_at": "2026-01-01",
    "created_by": "somebody",
}
OPERATION: dict[str, Any] = {
    "token": "t",
    "action": "deploy",
    "asked_by": "somebody",
    "reason": "why",
    "plan": "{}",
    "stage": "begun",
    "state": "running",
    "started_at": "2026-01-01",
    "stage_at": "2026-01-01",
}
LOCK: dict[str, Any] = {"id": 1}
ALLOWANCE: dict[str, Any] = {
    "token": "t",
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 5,
    "end_offset": 6,
    "allowed_by": "somebody",
    "reason": "a known flood",
    "created_at": "2026-01-01",
}
GENERATION: dict[str, Any] = {
    "generation": "g",
    "epoch": 1,
    "release_name": "r",
    "code_fingerprint": "f",
    "rules_version": 1,
    "start_offsets": "{}",
    "started_at": "2026-01-01",
}
SAMPLE: dict[str, Any] = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 5,
    "end_offset": 6,
    "epoch": 1,
    "release_name": "r",
    "records": 1,
    "applied_at": "2026-01-01",
    "counted_at": "2026-01-01",
}
SEGMENT = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 0,
    "end_offset": 10,
    "rules_version": 1,
    "claimed_at": "2026-01-01",
    "records": 9,
    "holes": 1,
    "kafka_time_min_ms": 1,
    "kafka_time_max_ms": 2,
}
POSITION = {
    "topic": "clicks",
    "kafka_partition": 0,
    "topic_id": "t",
    "origin_offset": 5,
    "next_offset": 6,
    "updated_at": "2026-01-01",
}
LOSS = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 5,
    "end_offset": 9,
    "records": 4,
    "accepted_at": "2026-01-01",
    "accepted_by": "somebody",
    "reason": "why",
}
SUMMARY = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 0,
    "rules_version": 1,
    "transforms_fingerprint": "f",
    "accepted": 1,
    "rejected": 0,
    "clicks": 1,
    "event_time_min_ms": 1,
    "event_time_max_ms": 2,
    "counted_at": "2026-01-01",
}
HELD_EVENTS = {
    "hour": "2026-01-01",
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 0,
    "rules_version": 1,
    "transforms_fingerprint": "f",
    "events": 1,
    "clicks": 0,
}
RUN = {
    "run": "r",
    "action": "reconcile",
    "scope": "s",
    "asked_by": "b",
    "reason": "w",
    "dry_run": 0,
    "release_name": "r",
    "code_fingerprint": "f",
    "started_at": "2026-01-01",
}
RESULT: dict[str, Any] = {
    "run": "r",
    "hour": "2026-01-01",
    "verdict": "identical",
    "cut": "{}",
    "settled": "{}",
    "releases": "[]",
    "segments": 1,
    **dict.fromkeys(("stream_clicks", "stream_events", "recount_clicks", "recount_events"), 1),
    **dict.fromkeys(("audit_clicks", "audit_events", "rows_compared", "rows_identical"), 1),
    **dict.fromkeys(("rows_modified", "rows_missing", "rows_surplus"), 0),
    "ended_at": "2026-01-01",
}
CORRECTION: dict[str, Any] = {
    "run": "r",
    "hour": "2026-01-01",
    "minute": "2026-01-01",
    "device_type": "t",
    "device_id": "d",
    "cause": "manual change",
    "moves_books": 0,
    "clicks_before": 3,
    "events_before": 2,
    "clicks_delta": -1,
    "events_delta": -1,
    "clicks_after": 2,
    "events_after": 1,
    "applied_at": "2026-01-01",
}
MARK = {
    "hour": "2026-01-01",
    "run": "r",
    "version": 1,
    "cut": "{}",
    "clicks": 1,
    "events": 1,
    "devices": 1,
    "reconciled_at": "2026-01-01",
}
RESTATEMENT: dict[str, Any] = {
    "run": "r",
    "hour": "2026-01-01",
    "rules_version": 1,
    "transforms_fingerprint": "f",
    "release_name": "r",
    "code_fingerprint": "f",
    "cut": "{}",
    **dict.fromkeys(("clicks_before", "events_before", "clicks_after", "events_after"), 1),
    "restated_at": "2026-01-01",
}
CALENDAR_DAY: dict[str, Any] = {
    "day": "2026-01-01",
    "time_zone": "Asia/Kolkata",
    "starts_at": "2025-12-31 18:30",
    "ends_at": "2026-01-01 18:30",
    "first_hour": "2025-12-31 18:00",
}
BUILT_DAY: dict[str, Any] = {
    "time_zone": "UTC",
    "day": "2026-01-01",
    "starts_at": "2026-01-01",
    "ends_at": "2026-01-02",
    "run": "r",
    "built_at": "2026-01-02",
    "hours": "{}",
    **dict.fromkeys(("hours_version", "clicks", "events", "devices"), 1),
}
EXPORT: dict[str, Any] = {
    "time_zone": "UTC",
    "day": "2026-01-01",
    "version": 1,
    "state": "final",
    "reason": "first version",
    "folder": "clicks/date=2026-01-01/v1",
    "manifest_sha256": "m",
    "figures_sha256": "f",
    "made_of": "{}",
    **dict.fromkeys(("hours_version", "clicks", "events", "devices"), 1),
    "run": "r",
    "release_name": "r",
    "asked_by": "somebody",
    **dict.fromkeys(("read_at", "published_at"), "2026-01-02"),
}
EVENT_MEASURES: dict[str, Any] = {
    "hour": "2026-01-01",
    "device_type": "t",
    "events": 6,
    "duplicates": 5,
    "up_to_1_minute": 2,
    **dict.fromkeys(("up_to_10_minutes", "up_to_1_hour", "up_to_1_day", "later"), 1),
}
ARRIVALS: dict[str, Any] = {
    "hour": "2026-01-01",
    "device_type": "",
    "verdict": "accepted",
    "records": 1,
}
GAP: dict[str, Any] = {
    "topic": "clicks",
    "kafka_partition": 0,
    "start_offset": 5,
    "end_offset": 9,
    "rules_version": 1,
    "arrived_before_ms": 1,
    "accepted_at": "2026-01-01",
    "accepted_by": "somebody",
    "reason": "why",
    "records": 3,
    "accepted": 2,
    "rejected": 1,
    "clicks": 4,
}
ITEM: dict[str, Any] = {
    "run": "r",
    "number": 0,
    "kind": "logs",
    "name": "a file",
    "detail": "old",
    "amount": 1,
    "listed_at": "2026-01-01",
    "listed_by": "somebody",
    "outcome": "deleted",
}
JUDGEMENT: dict[str, Any] = {
    "time_zone": "UTC",
    "day": "2026-01-01",
    "day_run": "r",
    "hours_version": 24,
    "verdict": "warned",
    "asked_by": "somebody",
    "release_name": "r",
    "judged_at": "2026-01-02",
}
QUALITY: dict[str, Any] = {
    "judgement": 1,
    "expectation": "e",
    "severity": "warning",
    "verdict": "no_history",
    "rows_checked": 2,
    "rows_unexpected": 2,
    "expected": "",
    "observed": "",
}
POSSIBLE = {
    "ledger_gaps": GAP,
    "maintenance_items": ITEM,
    "day_judgements": JUDGEMENT,
    "quality_results": QUALITY,
    "restatements": RESTATEMENT,
    "report_calendar": CALENDAR_DAY,
    "built_days": BUILT_DAY,
    "exports": EXPORT,
    "event_measures_by_hour": EVENT_MEASURES,
    "arrivals_by_hour": ARRIVALS,
    "archive_segments": SEGMENT,
    "archive_losses": LOSS,
    "archive_positions": POSITION,
    "archive_summaries": SUMMARY,
    "archive_hours": HELD_EVENTS,
    "reconcile_runs": RUN,
    "reconcile_results": RESULT,
    "corrections": CORRECTION,
    "reconciled_hours": MARK,
    "stream_batches": BATCH,
    "stream_offsets": LEDGER,
    "hours": HOUR,
    "stream_state": STATE,
    "stream_fence": FENCE,
    "reject_allowances": ALLOWANCE,
    "stream_generations": GENERATION,
    "stream_slots": SLOT,
    "releases": RELEASE,
    "operations": OPERATION,
    "operation_lock": LOCK,
    "sampled_ranges": SAMPLE,
}
NOTHING_READ = {"records_read": 0, "holes": 0, "accepted": 0, "rejected": 0, "clicks": 0}
IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("ledger_gaps", {"end_offset": 5}, "ledger_gaps_forward"),
    ("ledger_gaps", {"records": 5, "accepted": 4}, "ledger_gaps_records"),
    ("ledger_gaps", {"accepted": 3}, "ledger_gaps_judged"),
    ("maintenance_items", {"kind": "books"}, "maintenance_items_kind"),
    ("maintenance_items", {"outcome": "perhaps"}, "maintenance_items_outcome"),
    ("day_judgements", {"verdict": "none"}, "day_judgements_verdict"),
    ("quality_results", {"severity": "info"}, "quality_results_severity"),
    ("quality_results", {"verdict": "warned"}, "quality_results_verdict"),
    ("quality_results", {"rows_unexpected": 3}, "quality_results_rows"),
    ("quality_results", {"rows_unexpected": -1}, "quality_results_rows"),
    ("report_calendar", {"ends_at": "2025-12-31 18:30"}, "report_calendar_forward"),
    ("report_calendar", {"first_hour": "2025-12-31 19:00"}, "report_calendar_forward"),
    ("built_days", {"ends_at": "2026-01-01"}, "built_days_forward"),
    ("built_days", {"hours": "{"}, "built_days_hours"),
    ("exports", {"made_of": "{"}, "exports_made_of"),
    ("exports", {"state": "draft"}, "exports_state"),
    ("exports", {"version": 0}, "exports_version"),
    ("event_measures_by_hour", {"duplicates": 6}, "event_measures_by_hour_duplicates"),
    ("event_measures_by_hour", {"duplicates": -1}, "event_measures_by_hour_duplicates"),
    ("event_measures_by_hour", {"later": 2}, "event_measures_by_hour_late"),
    ("arrivals_by_hour", {"records": 0}, "arrivals_by_hour_records"),
    ("stream_batches", {"end_offset": 0, **NOTHING_READ}, "stream_batches_forward"),
    ("stream_batches", {"start_offset": -1, "end_offset": 9}, "stream_batches_forward"),
    ("stream_batches", {"holes": 0}, "stream_batches_length"),
    ("stream_batches", {"records_read": 8, "holes": 2}, "stream_batches_judged"),
    ("stream_batches", {"rejected": 2}, "stream_batches_judged"),
    ("stream_batches", {"records_read": 11, "holes": -1, "accepted": 10}, "stream_batches_counts"),
    ("stream_batches", {"accepted": 10, "rejected": -1}, "stream_batches_counts"),
    ("stream_batches", {"accepted": -1, "rejected": 10}, "stream_batches_counts"),
    ("stream_batches", {"clicks": -1}, "stream_batches_counts"),
    ("stream_batches", {"accepted": 0, "rejected": 9}, "stream_batches_counts"),
    ("stream_batches", {"event_time_max_ms": 0}, "stream_batches_times"),
    ("stream_batches", {"kafka_time_max_ms": 0}, "stream_batches_times"),
    ("stream_offsets", {"origin_offset": -1}, "stream_offsets_forward"),
    ("stream_offsets", {"origin_offset": 10}, "stream_offsets_forward"),
    ("stream_offsets", {"last_offset": 9}, "stream_offsets_last"),
    ("archive_segments", {"end_offset": 0}, "archive_segments_forward"),
    ("archive_segments", {"state": "lost"}, "archive_segments_state"),
    ("archive_segments", {"records": 10}, "archive_segments_length"),
    ("archive_segments", {"kafka_time_max_ms": 0}, "archive_segments_times"),
    ("archive_losses", {"end_offset": 5}, "archive_losses_forward"),
    ("archive_losses", {"records": 0}, "archive_losses_records"),
    ("archive_losses", {"records": 5}, "archive_losses_records"),
    ("archive_positions", {"next_offset": 4}, "archive_positions_forward"),
    ("archive_summaries", {"event_time_max_ms": 0}, "archive_summaries_times"),
    ("archive_hours", {"events": 0}, "archive_hours_counts"),
    ("reconcile_runs", {"action": "guess"}, "reconcile_runs_action"),
    ("reconcile_runs", {"detail": "{"}, "reconcile_runs_detail"),
    ("reconcile_results", {"cut": "{"}, "reconcile_results_json"),
    ("reconcile_results", {"rows_missing": 1}, "reconcile_results_rows"),
    ("corrections", {"clicks_after": 3}, "corrections_sums"),
    ("corrections", {"events_delta": -2, "events_after": 0}, "corrections_after"),
    (
        "corrections",
        {"clicks_delta": 0, "clicks_after": 3, "events_delta": 0, "events_after": 2},
        "corrections_something",
    ),
    ("reconciled_hours", {"cut": "{"}, "reconciled_hours_cut"),
    ("restatements", {"cut": "{"}, "restatements_cut"),
    ("restatements", {"events_after": -1}, "restatements_counts"),
    ("hours", {"state": "final"}, "hours_state"),
    ("hours", {"state": "OPEN"}, "hours_state"),
    ("stream_state", {"id": 2}, "stream_state_one_row"),
    ("stream_state", {"desired_state": "down"}, "stream_state_desired"),
    ("stream_state", {"state": "idle"}, "stream_state_known"),
    ("stream_state", {"progress": "{"}, "stream_state_progress"),
    ("stream_fence", {"id": 2}, "stream_fence_one_row"),
    ("reject_allowances", {"end_offset": 5}, "reject_allowances_forward"),
    ("stream_generations", {"start_offsets": "latest"}, "stream_generations_offsets"),
    ("stream_slots", {"slot": "c"}, "stream_slots_two"),
    ("stream_slots", {"wanted": "maybe"}, "stream_slots_wanted"),
    ("stream_slots", {"state": "lost"}, "stream_slots_state"),
    ("stream_slots", {"shadow": "{"}, "stream_slots_shadow"),
    ("releases", {"verdict": "so so"}, "releases_verdict"),
    ("operations", {"state": "done?"}, "operations_state"),
    ("operations", {"plan": "deploy it"}, "operations_json"),
    ("operation_lock", {"id": 2}, "operation_lock_one_row"),
    ("sampled_ranges", {"end_offset": 5}, "sampled_ranges_forward"),
]


def insert(connection: Connection[Cursor], table: str, row: dict[str, Any]) -> None:
    """Put the one row of ``table``."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            tuple(row.values()),
        )


@pytest.mark.parametrize("table", POSSIBLE)
def test_a_possible_row_is_kept(admin: Connection[Cursor], table: str) -> None:
    insert(admin, table, POSSIBLE[table])

    kept = fetch_all(admin, f"SELECT COUNT(*) AS n FROM {table}")
    assert kept == [{"n": 1}]


def test_times_may_be_missing(admin: Connection[Cursor]) -> None:
    """A range of nothing but rejects has no event time, one of holes no Kafka time."""
    names = [name for name in BATCH if name.endswith("_ms")]

    insert(admin, "stream_batches", {**BATCH, **dict.fromkeys(names)})


@pytest.mark.parametrize(("table", "change", "constraint"), IMPOSSIBLE)
def test_an_impossible_row_is_refused(
    admin: Connection[Cursor], table: str, change: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(pymysql.MySQLError, match=constraint) as refused:
        insert(admin, table, {**POSSIBLE[table], **change})

    assert refused.value.args[0] in CHECK_VIOLATED


def test_every_check_of_the_schema_is_tried(admin: Connection[Cursor]) -> None:
    rows = fetch_all(
        admin,
        "SELECT constraint_name AS name FROM information_schema.table_constraints"
        " WHERE table_schema = DATABASE() AND constraint_type = 'CHECK'",
    )

    assert {row["name"] for row in rows} == {constraint for _, _, constraint in IMPOSSIBLE}


@pytest.mark.parametrize(
    ("one", "other"), [("a", "A"), ("e", "é"), ("ß", "ss"), ("é", "e\u0301"), ("1", "\uff11")]
)
def test_ids_are_compared_by_bytes(admin: Connection[Cursor], one: str, other: str) -> None:
    with admin.cursor() as cursor:
        cursor.execute("DELETE FROM clicks_by_minute")
        cursor.executemany(
            "INSERT INTO clicks_by_minute VALUES ('2026-01-01', 'phone', %s, 1, 1)",
            [(one,), (other,)],
        )
        cursor.execute("SELECT clicks FROM clicks_by_minute WHERE device_id = %s", (one,))
        assert cursor.fetchall() == ((1,),)


def test_the_longest_keys_fit(admin: Connection[Cursor]) -> None:
    """Lengths are characters: 64 and 32 of four bytes each."""
    with admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clicks_by_minute VALUES ('2026-01-01', %s, %s, 1, 1)",
            ("😀" * 32, "😀" * 64),
        )
        cursor.execute(
            "SELECT device_id FROM clicks_by_minute WHERE device_type = %s", ("😀" * 32,)
        )
        assert cursor.fetchall() == (("😀" * 64,),)
