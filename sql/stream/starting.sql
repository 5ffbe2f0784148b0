UPDATE stream_state
SET state = 'starting', host = %s, pid = %s, release_name = %s, started_at = UTC_TIMESTAMP(3),
    heartbeat_at = UTC_TIMESTAMP(3), halt_exit_code = NULL, halt_reason = NULL
WHERE id = 1
