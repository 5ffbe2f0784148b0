-- All that a verdict is made of, at one moment by one clock.
SELECT state.desired_state, state.desired_by, state.desired_reason, state.desired_at, state.state,
  state.epoch, state.generation, state.release_name, state.host, state.pid, state.started_at,
  state.lag_events, state.progress, state.halt_exit_code, state.halt_reason,
  state.last_commit_at, state.heartbeat_at, fence.epoch AS fence_epoch,
  TIMESTAMPDIFF(MICROSECOND, state.heartbeat_at, UTC_TIMESTAMP(3)) / 1e6 AS heartbeat_age_s,
  TIMESTAMPDIFF(MICROSECOND, state.last_commit_at, UTC_TIMESTAMP(3)) / 1e6 AS last_commit_age_s,
  TIMESTAMPDIFF(MICROSECOND, state.started_at, UTC_TIMESTAMP(3)) / 1e6 AS started_age_s
FROM stream_state AS state JOIN stream_fence AS fence ON fence.id = state.id
WHERE state.id = 1
