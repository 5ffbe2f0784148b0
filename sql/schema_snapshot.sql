-- What sql/migrations makes of an empty database, as information_schema tells it: the same text on
-- MariaDB and MySQL. Kept for reading and for the test that compares; not for running: checks stand
-- without brackets (the servers set them differently), views by their columns only.

TABLE archive_files (
    path varchar(512) NOT NULL
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    records bigint NOT NULL
    bytes bigint NOT NULL
    sha256 char(64) NOT NULL
    PRIMARY (path)
    KEY by_segment (topic, kafka_partition, start_offset)
) InnoDB utf8mb4_bin

TABLE archive_hours (
    hour datetime NOT NULL
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    rules_version int NOT NULL
    transforms_fingerprint char(64) NOT NULL
    events bigint NOT NULL
    clicks bigint NOT NULL
    PRIMARY (hour, topic, kafka_partition, start_offset, rules_version, transforms_fingerprint)
    CHECK archive_hours_counts: events > 0 and clicks >= 0
) InnoDB utf8mb4_bin

TABLE archive_losses (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    records bigint NOT NULL
    accepted_at datetime(3) NOT NULL
    accepted_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    PRIMARY (topic, kafka_partition, start_offset)
    CHECK archive_losses_forward: start_offset >= 0 and end_offset > start_offset
    CHECK archive_losses_records: records > 0 and records <= end_offset - start_offset
) InnoDB utf8mb4_bin

TABLE archive_positions (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    topic_id char(36) NOT NULL
    origin_offset bigint NOT NULL
    next_offset bigint NOT NULL
    updated_at datetime(3) NOT NULL
    PRIMARY (topic, kafka_partition)
    CHECK archive_positions_forward: origin_offset >= 0 and next_offset >= origin_offset
) InnoDB utf8mb4_bin

TABLE archive_segments (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    rules_version int NOT NULL
    state varchar(16) NOT NULL DEFAULT claimed
    claimed_at datetime(3) NOT NULL
    archived_at datetime(3) NULL
    records bigint NULL
    holes bigint NULL
    bytes bigint NULL
    kafka_time_min_ms bigint NULL
    kafka_time_max_ms bigint NULL
    PRIMARY (topic, kafka_partition, start_offset)
    CHECK archive_segments_forward: start_offset >= 0 and end_offset > start_offset
    CHECK archive_segments_length: records + holes = end_offset - start_offset
    CHECK archive_segments_state: state in 'claimed', 'archived'
    CHECK archive_segments_times: kafka_time_min_ms <= kafka_time_max_ms
) InnoDB utf8mb4_bin

TABLE archive_summaries (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    rules_version int NOT NULL
    transforms_fingerprint char(64) NOT NULL
    accepted bigint NOT NULL
    rejected bigint NOT NULL
    clicks bigint NOT NULL
    event_time_min_ms bigint NULL
    event_time_max_ms bigint NULL
    counted_at datetime(3) NOT NULL
    PRIMARY (topic, kafka_partition, start_offset, rules_version, transforms_fingerprint)
    CHECK archive_summaries_times: event_time_min_ms <= event_time_max_ms
) InnoDB utf8mb4_bin

TABLE arrivals_by_hour (
    hour datetime NOT NULL
    device_type varchar(32) NOT NULL
    verdict varchar(32) NOT NULL
    records bigint NOT NULL
    PRIMARY (hour, device_type, verdict)
    CHECK arrivals_by_hour_records: records > 0
) InnoDB utf8mb4_bin

TABLE built_days (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    starts_at datetime NOT NULL
    ends_at datetime NOT NULL
    run char(36) NOT NULL
    built_at datetime(3) NOT NULL
    hours longtext NOT NULL
    hours_version bigint NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    PRIMARY (time_zone, day)
    CHECK built_days_forward: starts_at < ends_at
    CHECK built_days_hours: json_valid hours
) InnoDB utf8mb4_bin

TABLE clicks_by_day (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    device_type varchar(32) NOT NULL
    device_id varchar(64) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    PRIMARY (time_zone, day, device_type, device_id)
    KEY by_device (device_id, device_type, time_zone, day)
) InnoDB utf8mb4_bin

TABLE clicks_by_hour (
    hour datetime NOT NULL
    device_type varchar(32) NOT NULL
    device_id varchar(64) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    first_minute datetime NOT NULL
    last_minute datetime NOT NULL
    PRIMARY (hour, device_type, device_id)
    KEY by_device (device_id, device_type, hour)
) InnoDB utf8mb4_bin

TABLE clicks_by_minute (
    minute datetime NOT NULL
    device_type varchar(32) NOT NULL
    device_id varchar(64) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    PRIMARY (minute, device_type, device_id)
    KEY by_device (device_id, minute)
) InnoDB utf8mb4_bin

TABLE corrections (
    id bigint NOT NULL
    run char(36) NOT NULL
    hour datetime NOT NULL
    minute datetime NOT NULL
    device_type varchar(32) NOT NULL
    device_id varchar(64) NOT NULL
    cause varchar(32) NOT NULL
    moves_books tinyint NOT NULL
    clicks_before bigint NOT NULL
    events_before bigint NOT NULL
    clicks_delta bigint NOT NULL
    events_delta bigint NOT NULL
    clicks_after bigint NOT NULL
    events_after bigint NOT NULL
    applied_at datetime(3) NOT NULL
    undone_by char(36) NULL
    PRIMARY (id)
    KEY by_key (minute, device_type, device_id, id)
    KEY by_run (run, id)
    CHECK corrections_after: clicks_after >= 0 and events_after >= 0 and events_after > 0 or clicks_after = 0
    CHECK corrections_something: clicks_delta <> 0 or events_delta <> 0
    CHECK corrections_sums: clicks_before + clicks_delta = clicks_after and events_before + events_delta = events_after
) InnoDB utf8mb4_bin

TABLE day_judgements (
    id bigint NOT NULL
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    day_run char(36) NOT NULL
    hours_version bigint NOT NULL
    verdict varchar(16) NOT NULL
    asked_by varchar(128) NOT NULL
    release_name varchar(128) NOT NULL
    judged_at datetime(3) NOT NULL
    PRIMARY (id)
    KEY by_day (time_zone, day, id)
    CHECK day_judgements_verdict: verdict in 'passed', 'warned', 'failed'
) InnoDB utf8mb4_bin

TABLE event_measures_by_hour (
    hour datetime NOT NULL
    device_type varchar(32) NOT NULL
    events bigint NOT NULL
    duplicates bigint NOT NULL
    up_to_1_minute bigint NOT NULL
    up_to_10_minutes bigint NOT NULL
    up_to_1_hour bigint NOT NULL
    up_to_1_day bigint NOT NULL
    later bigint NOT NULL
    PRIMARY (hour, device_type)
    CHECK event_measures_by_hour_duplicates: duplicates >= 0 and duplicates < events
    CHECK event_measures_by_hour_late: up_to_1_minute + up_to_10_minutes + up_to_1_hour + up_to_1_day + later = events
) InnoDB utf8mb4_bin

TABLE export_deliveries (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    version int NOT NULL
    target varchar(255) NOT NULL
    claimed_at datetime(3) NOT NULL
    delivered_at datetime(3) NULL
    PRIMARY (time_zone, day, version, target)
) InnoDB utf8mb4_bin

TABLE export_files (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    version int NOT NULL
    path varchar(128) NOT NULL
    bytes bigint NOT NULL
    sha256 char(64) NOT NULL
    table_rows bigint NULL
    PRIMARY (time_zone, day, version, path)
) InnoDB utf8mb4_bin

TABLE exports (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    version int NOT NULL
    state varchar(16) NOT NULL
    reason varchar(1024) NOT NULL
    folder varchar(512) NOT NULL
    manifest_sha256 char(64) NOT NULL
    figures_sha256 char(64) NOT NULL
    made_of longtext NOT NULL
    hours_version bigint NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    moved_rows bigint NULL
    run char(36) NOT NULL
    release_name varchar(128) NOT NULL
    asked_by varchar(128) NOT NULL
    read_at datetime(3) NOT NULL
    published_at datetime(3) NOT NULL
    PRIMARY (time_zone, day, version)
    CHECK exports_made_of: json_valid made_of
    CHECK exports_state: state in 'provisional', 'final', 'restated'
    CHECK exports_version: version > 0
) InnoDB utf8mb4_bin

TABLE held_hours (
    hour datetime NOT NULL
    run char(36) NOT NULL
    reason varchar(1024) NOT NULL
    held_at datetime(3) NOT NULL
    PRIMARY (hour)
) InnoDB utf8mb4_bin

TABLE hour_incidents (
    id bigint NOT NULL
    hour datetime NOT NULL
    run char(36) NOT NULL
    cause varchar(32) NOT NULL
    detail text NOT NULL
    next_step text NOT NULL
    opened_at datetime(3) NOT NULL
    last_seen_at datetime(3) NOT NULL
    ended_at datetime(3) NULL
    PRIMARY (id)
    KEY by_ended (ended_at)
    KEY by_hour (hour, ended_at)
) InnoDB utf8mb4_bin

TABLE hours (
    hour datetime NOT NULL
    state varchar(16) NOT NULL DEFAULT open
    version bigint NOT NULL DEFAULT 0
    owner_run char(36) NULL
    updated_at datetime(3) NOT NULL
    PRIMARY (hour)
    CHECK hours_state: state in 'open', 'provisional', 'reconciled', 'reopened', 'sealed'
) InnoDB utf8mb4_bin

TABLE incidents (
    id bigint NOT NULL
    verdict varchar(16) NOT NULL
    detail text NOT NULL
    next_step text NOT NULL
    opened_at datetime(3) NOT NULL
    last_seen_at datetime(3) NOT NULL
    ended_at datetime(3) NULL
    restarts int NOT NULL DEFAULT 0
    last_restart_at datetime(3) NULL
    PRIMARY (id)
    KEY by_ended (ended_at)
) InnoDB utf8mb4_bin

TABLE ledger_gaps (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    rules_version int NOT NULL
    arrived_after_ms bigint NULL
    arrived_before_ms bigint NOT NULL
    accepted_at datetime(3) NOT NULL
    accepted_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    closed_at datetime(3) NULL
    closed_by varchar(128) NULL
    closed_reason varchar(1024) NULL
    source varchar(1024) NULL
    records bigint NULL
    accepted bigint NULL
    rejected bigint NULL
    clicks bigint NULL
    PRIMARY (topic, kafka_partition, start_offset)
    CHECK ledger_gaps_forward: start_offset >= 0 and end_offset > start_offset
    CHECK ledger_gaps_judged: accepted + rejected = records
    CHECK ledger_gaps_records: records <= end_offset - start_offset
) InnoDB utf8mb4_bin

TABLE maintenance_items (
    run char(36) NOT NULL
    number int NOT NULL
    kind varchar(16) NOT NULL
    name varchar(512) NOT NULL
    detail varchar(1024) NOT NULL
    amount bigint NOT NULL
    listed_at datetime(3) NOT NULL
    listed_by varchar(128) NOT NULL
    outcome varchar(16) NULL
    why varchar(1024) NULL
    ended_at datetime(3) NULL
    PRIMARY (run, number)
    KEY by_listed (listed_at)
    CHECK maintenance_items_kind: kind in 'minutes', 'archive', 'litter', 'ranges', 'samples', 'checkpoints', 'releases', 'logs'
    CHECK maintenance_items_outcome: outcome in 'deleted', 'kept'
) InnoDB utf8mb4_bin

TABLE operation_lock (
    id tinyint NOT NULL
    token varchar(64) NULL
    holder char(36) NULL
    expires_at datetime(3) NULL
    PRIMARY (id)
    CHECK operation_lock_one_row: id = 1
) InnoDB utf8mb4_bin

TABLE operations (
    token varchar(64) NOT NULL
    action varchar(16) NOT NULL
    asked_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    from_release varchar(128) NULL
    to_release varchar(128) NULL
    plan longtext NOT NULL
    stage varchar(32) NOT NULL
    state varchar(16) NOT NULL
    result longtext NULL
    started_at datetime(3) NOT NULL
    stage_at datetime(3) NOT NULL
    ended_at datetime(3) NULL
    PRIMARY (token)
    KEY by_started (started_at)
    CHECK operations_json: json_valid plan and json_valid result
    CHECK operations_state: state in 'running', 'done', 'refused', 'failed', 'rolled_back', 'abandoned'
) InnoDB utf8mb4_bin

TABLE quality_results (
    judgement bigint NOT NULL
    expectation varchar(64) NOT NULL
    severity varchar(16) NOT NULL
    verdict varchar(16) NOT NULL
    rows_checked bigint NOT NULL
    rows_unexpected bigint NOT NULL
    expected varchar(255) NOT NULL
    observed text NOT NULL
    PRIMARY (judgement, expectation)
    CHECK quality_results_rows: rows_unexpected >= 0 and rows_unexpected <= rows_checked
    CHECK quality_results_severity: severity in 'critical', 'warning'
    CHECK quality_results_verdict: verdict in 'passed', 'failed', 'no_history', 'not_applicable'
) InnoDB utf8mb4_bin

TABLE reconcile_results (
    run char(36) NOT NULL
    hour datetime NOT NULL
    verdict varchar(32) NOT NULL
    cause varchar(32) NULL
    cut longtext NOT NULL
    settled longtext NOT NULL
    segments int NOT NULL
    rows_compared bigint NOT NULL
    rows_identical bigint NOT NULL
    rows_modified bigint NOT NULL
    rows_missing bigint NOT NULL
    rows_surplus bigint NOT NULL
    stream_clicks bigint NOT NULL
    stream_events bigint NOT NULL
    recount_clicks bigint NOT NULL
    recount_events bigint NOT NULL
    audit_clicks bigint NOT NULL
    audit_events bigint NOT NULL
    releases longtext NOT NULL
    detail text NULL
    ended_at datetime(3) NOT NULL
    PRIMARY (run, hour)
    KEY by_hour (hour, ended_at)
    CHECK reconcile_results_json: json_valid cut and json_valid settled and json_valid releases
    CHECK reconcile_results_rows: rows_identical + rows_modified + rows_missing + rows_surplus = rows_compared
) InnoDB utf8mb4_bin

TABLE reconcile_runs (
    run char(36) NOT NULL
    action varchar(16) NOT NULL
    scope varchar(255) NOT NULL
    asked_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    dry_run tinyint NOT NULL
    release_name varchar(128) NOT NULL
    code_fingerprint char(64) NOT NULL
    started_at datetime(3) NOT NULL
    ended_at datetime(3) NULL
    verdict varchar(32) NULL
    detail longtext NULL
    PRIMARY (run)
    KEY by_started (started_at)
    CHECK reconcile_runs_action: action in 'reconcile', 'restate', 'undo'
    CHECK reconcile_runs_detail: json_valid detail
) InnoDB utf8mb4_bin

TABLE reconciled_hours (
    hour datetime NOT NULL
    run char(36) NOT NULL
    version bigint NOT NULL
    cut longtext NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    reconciled_at datetime(3) NOT NULL
    PRIMARY (hour)
    CHECK reconciled_hours_cut: json_valid cut
) InnoDB utf8mb4_bin

TABLE reject_allowances (
    token varchar(64) NOT NULL
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    allowed_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    created_at datetime(3) NOT NULL
    PRIMARY (token, topic, kafka_partition)
    CHECK reject_allowances_forward: end_offset > start_offset
) InnoDB utf8mb4_bin

TABLE rejected_counts (
    hour datetime NOT NULL
    reason varchar(32) NOT NULL
    rejected bigint NOT NULL
    PRIMARY (hour, reason)
) InnoDB utf8mb4_bin

TABLE rejected_events (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    kafka_offset bigint NOT NULL
    reason varchar(32) NOT NULL
    raw varbinary(1026) NULL
    true_length int NULL
    arrived_at datetime(3) NOT NULL
    hour datetime NOT NULL
    PRIMARY (topic, kafka_partition, kafka_offset)
    KEY by_hour_reason (hour, reason)
) InnoDB utf8mb4_bin

TABLE released_holds (
    hour datetime NOT NULL
    held_at datetime(3) NOT NULL
    run char(36) NOT NULL
    hold_reason varchar(1024) NOT NULL
    released_at datetime(3) NOT NULL
    released_by varchar(128) NOT NULL
    reason varchar(1024) NOT NULL
    PRIMARY (hour, released_at)
) InnoDB utf8mb4_bin

TABLE releases (
    release_name varchar(128) NOT NULL
    folder varchar(1024) NOT NULL
    python varchar(1024) NOT NULL
    code_fingerprint char(64) NOT NULL
    content_fingerprint char(64) NOT NULL
    spark_version varchar(32) NOT NULL
    contract_version int NOT NULL
    schema_min int NOT NULL
    schema_max int NULL
    created_at datetime(3) NOT NULL
    created_by varchar(128) NOT NULL
    first_deployed_at datetime(3) NULL
    last_deployed_at datetime(3) NULL
    verdict varchar(16) NOT NULL DEFAULT new
    verdict_reason text NULL
    PRIMARY (release_name)
    CHECK releases_verdict: verdict in 'new', 'good', 'bad'
) InnoDB utf8mb4_bin

TABLE report_calendar (
    day date NOT NULL
    time_zone varchar(64) NOT NULL
    starts_at datetime NOT NULL
    ends_at datetime NOT NULL
    first_hour datetime NOT NULL
    PRIMARY (day)
    UNIQUE KEY by_start (starts_at)
    CHECK report_calendar_forward: first_hour <= starts_at and starts_at < ends_at
) InnoDB utf8mb4_bin

TABLE restatements (
    id bigint NOT NULL
    run char(36) NOT NULL
    hour datetime NOT NULL
    rules_version int NOT NULL
    transforms_fingerprint char(64) NOT NULL
    release_name varchar(128) NOT NULL
    code_fingerprint char(64) NOT NULL
    cut longtext NOT NULL
    clicks_before bigint NOT NULL
    events_before bigint NOT NULL
    clicks_after bigint NOT NULL
    events_after bigint NOT NULL
    restated_at datetime(3) NOT NULL
    undone_by char(36) NULL
    PRIMARY (id)
    UNIQUE KEY by_hour (hour, run)
    KEY by_run (run, hour)
    CHECK restatements_counts: clicks_before >= 0 and events_before >= 0 and clicks_after >= 0 and events_after >= 0
    CHECK restatements_cut: json_valid cut
) InnoDB utf8mb4_bin

TABLE rules_versions (
    version int NOT NULL
    digest char(64) NOT NULL
    document longtext NOT NULL
    first_used_at datetime(3) NOT NULL
    PRIMARY (version)
    UNIQUE KEY by_digest (digest)
) InnoDB utf8mb4_bin

TABLE sampled_ranges (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    epoch bigint NOT NULL
    release_name varchar(128) NOT NULL
    records bigint NOT NULL
    differences text NULL
    applied_at datetime(3) NOT NULL
    counted_at datetime(3) NOT NULL
    PRIMARY (topic, kafka_partition, start_offset)
    KEY by_epoch (epoch, applied_at)
    CHECK sampled_ranges_forward: end_offset > start_offset
) InnoDB utf8mb4_bin

TABLE schema_migrations (
    number int NOT NULL
    name varchar(128) NOT NULL
    checksum char(64) NOT NULL
    applied_at datetime(3) NOT NULL
    PRIMARY (number)
) InnoDB utf8mb4_bin

TABLE stream_batches (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    start_offset bigint NOT NULL
    end_offset bigint NOT NULL
    epoch bigint NOT NULL
    generation char(36) NOT NULL
    batch_id bigint NOT NULL
    records_read bigint NOT NULL
    holes bigint NOT NULL
    accepted bigint NOT NULL
    rejected bigint NOT NULL
    clicks bigint NOT NULL
    event_time_min_ms bigint NULL
    event_time_max_ms bigint NULL
    kafka_time_min_ms bigint NULL
    kafka_time_max_ms bigint NULL
    rules_version int NOT NULL
    release_name varchar(128) NOT NULL
    code_fingerprint char(64) NOT NULL
    applied_at datetime(3) NOT NULL
    PRIMARY (topic, kafka_partition, start_offset)
    KEY by_applied_at (applied_at)
    CHECK stream_batches_counts: holes >= 0 and accepted >= 0 and rejected >= 0 and clicks >= 0 and accepted > 0 or clicks = 0
    CHECK stream_batches_forward: start_offset >= 0 and end_offset > start_offset
    CHECK stream_batches_judged: accepted + rejected = records_read
    CHECK stream_batches_length: records_read + holes = end_offset - start_offset
    CHECK stream_batches_times: event_time_min_ms <= event_time_max_ms and kafka_time_min_ms <= kafka_time_max_ms
) InnoDB utf8mb4_bin

TABLE stream_fence (
    id tinyint NOT NULL
    epoch bigint NOT NULL
    owner char(36) NOT NULL
    taken_at datetime(3) NULL
    PRIMARY (id)
    CHECK stream_fence_one_row: id = 1
) InnoDB utf8mb4_bin

TABLE stream_generations (
    generation char(36) NOT NULL
    epoch bigint NOT NULL
    release_name varchar(128) NOT NULL
    code_fingerprint char(64) NOT NULL
    rules_version int NOT NULL
    start_offsets longtext NOT NULL
    started_at datetime(3) NOT NULL
    ended_at datetime(3) NULL
    exit_code int NULL
    end_reason text NULL
    PRIMARY (generation)
    CHECK stream_generations_offsets: json_valid start_offsets
) InnoDB utf8mb4_bin

TABLE stream_offsets (
    topic varchar(249) NOT NULL
    kafka_partition int NOT NULL
    topic_id char(36) NOT NULL
    origin_offset bigint NOT NULL
    next_offset bigint NOT NULL
    last_offset bigint NULL
    last_leader_epoch int NULL
    last_timestamp_ms bigint NULL
    last_digest binary(32) NULL
    epoch bigint NOT NULL
    updated_at datetime(3) NOT NULL
    PRIMARY (topic, kafka_partition)
    CHECK stream_offsets_forward: origin_offset >= 0 and next_offset >= origin_offset
    CHECK stream_offsets_last: last_offset < next_offset
) InnoDB utf8mb4_bin

TABLE stream_slots (
    slot char(1) NOT NULL
    wanted varchar(16) NOT NULL DEFAULT stopped
    instance char(36) NULL
    release_name varchar(128) NULL
    wanted_at datetime(3) NULL
    starts int NOT NULL DEFAULT 0
    state varchar(16) NOT NULL DEFAULT ended
    host varchar(255) NULL
    pid int NULL
    started_at datetime(3) NULL
    spark_at datetime(3) NULL
    warm_at datetime(3) NULL
    writing_at datetime(3) NULL
    drained_at datetime(3) NULL
    ended_at datetime(3) NULL
    epoch bigint NULL
    exit_code int NULL
    end_reason text NULL
    shadow longtext NULL
    PRIMARY (slot)
    CHECK stream_slots_shadow: json_valid shadow
    CHECK stream_slots_state: state in 'starting', 'warming', 'warm', 'writing', 'drained', 'ended'
    CHECK stream_slots_two: slot in 'a', 'b'
    CHECK stream_slots_wanted: wanted in 'stopped', 'standby', 'writer'
) InnoDB utf8mb4_bin

TABLE stream_state (
    id tinyint NOT NULL
    desired_state varchar(16) NOT NULL DEFAULT running
    desired_by varchar(128) NULL
    desired_reason varchar(1024) NULL
    desired_at datetime(3) NULL
    state varchar(16) NOT NULL DEFAULT down
    epoch bigint NULL
    generation char(36) NULL
    release_name varchar(128) NULL
    host varchar(255) NULL
    pid int NULL
    started_at datetime(3) NULL
    heartbeat_at datetime(3) NULL
    last_commit_at datetime(3) NULL
    lag_events bigint NULL
    progress longtext NULL
    halt_exit_code int NULL
    halt_reason text NULL
    PRIMARY (id)
    CHECK stream_state_desired: desired_state in 'running', 'drained'
    CHECK stream_state_known: state in 'starting', 'running', 'draining', 'drained', 'halted', 'down'
    CHECK stream_state_one_row: id = 1
    CHECK stream_state_progress: json_valid progress
) InnoDB utf8mb4_bin

TABLE type_clicks_by_day (
    time_zone varchar(64) NOT NULL
    day date NOT NULL
    device_type varchar(32) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    PRIMARY (time_zone, day, device_type)
) InnoDB utf8mb4_bin

TABLE type_clicks_by_hour (
    hour datetime NOT NULL
    device_type varchar(32) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    PRIMARY (hour, device_type)
) InnoDB utf8mb4_bin

TABLE type_clicks_by_minute (
    minute datetime NOT NULL
    device_type varchar(32) NOT NULL
    clicks bigint NOT NULL
    events bigint NOT NULL
    devices bigint NOT NULL
    PRIMARY (minute, device_type)
) InnoDB utf8mb4_bin

VIEW daily_clicks (day, device_type, device_id, clicks, events, state, source) SECURITY INVOKER

VIEW daily_totals (day, device_type, clicks, events, devices, state, source) SECURITY INVOKER

VIEW days (day, time_zone, starts_at, ends_at, state, source, hours, reconciled_hours, run, built_at) SECURITY INVOKER

VIEW device_history (device_id, device_type, minute, clicks, events) SECURITY INVOKER

VIEW devices (device_type, device_id, first_seen, last_seen, clicks, events) SECURITY INVOKER

VIEW hourly_clicks (hour, device_type, device_id, clicks, events, source) SECURITY INVOKER

VIEW hourly_totals (hour, device_type, clicks, events, devices, source) SECURITY INVOKER

VIEW live_totals (minute, clicks, events, devices) SECURITY INVOKER

VIEW live_type_totals (minute, device_type, clicks, events, devices) SECURITY INVOKER

VIEW open_incidents (scope, hour, verdict, detail, next_step, opened_at, last_seen_at) SECURITY INVOKER

VIEW reject_shares (hour, device_type, reason, rejected, arrived, share) SECURITY INVOKER

VIEW rejects_last_day (hour, reason, rejected, samples) SECURITY INVOKER

VIEW stream_health (state, desired_state, heartbeat_age_s, last_commit_age_s, lag_events, epoch, fence_epoch, generation, release_name, halt_exit_code, halt_reason) SECURITY INVOKER

VIEW top_devices_last_hour (place, device_type, device_id, clicks, events) SECURITY INVOKER
