-- Index: both tables have one row.
-- All that the stream last said of itself, what is wanted of it, and who may write.
SELECT
    stream_state.state,
    stream_state.desired_state,
    stream_state.desired_by,
    stream_state.desired_reason,
    stream_state.desired_at,
    stream_state.started_at,
    stream_state.heartbeat_at,
    stream_state.last_commit_at,
    TIMESTAMPDIFF(MICROSECOND, stream_state.heartbeat_at, UTC_TIMESTAMP(3)) / 1000000
        AS heartbeat_age_s,
    TIMESTAMPDIFF(MICROSECOND, stream_state.last_commit_at, UTC_TIMESTAMP(3)) / 1000000
        AS last_commit_age_s,
    stream_state.lag_events,
    stream_state.epoch,
    stream_fence.epoch AS fence_epoch,
    stream_state.generation,
    stream_state.release_name,
    stream_state.host,
    stream_state.pid,
    stream_state.halt_exit_code,
    stream_state.halt_reason,
    stream_state.progress
FROM stream_state
INNER JOIN stream_fence ON stream_fence.id = stream_state.id;
