-- What the driver last said of itself. Index: primary key of a table with one row.
SELECT
    state,
    pid,
    TIMESTAMPDIFF(MICROSECOND, heartbeat_at, UTC_TIMESTAMP(3)) / 1000000 AS heartbeat_age_s,
    lag_events
FROM stream_state
WHERE id = 1
