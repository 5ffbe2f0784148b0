-- One row: how the stream does. epoch is what the reporting driver holds, fence_epoch what the
-- database grants; they differ for good only when another writer has taken over.
-- Index: both tables have one row. INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW stream_health AS
SELECT
    stream_state.state,
    stream_state.desired_state,
    TIMESTAMPDIFF(MICROSECOND, stream_state.heartbeat_at, UTC_TIMESTAMP(3)) / 1000000
        AS heartbeat_age_s,
    TIMESTAMPDIFF(MICROSECOND, stream_state.last_commit_at, UTC_TIMESTAMP(3)) / 1000000
        AS last_commit_age_s,
    stream_state.lag_events,
    stream_state.epoch,
    stream_fence.epoch AS fence_epoch,
    stream_state.generation,
    stream_state.release_name,
    stream_state.halt_exit_code,
    stream_state.halt_reason
FROM stream_state
INNER JOIN stream_fence ON stream_fence.id = stream_state.id;
