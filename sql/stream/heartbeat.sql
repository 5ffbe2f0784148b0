-- Another row than the fence, so that a heartbeat never waits for a commit.
UPDATE stream_state
SET state = %s, heartbeat_at = UTC_TIMESTAMP(3), last_commit_at = COALESCE(%s, last_commit_at),
    lag_events = %s, progress = %s
WHERE id = 1 AND epoch = %s
