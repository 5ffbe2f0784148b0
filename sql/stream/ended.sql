UPDATE stream_state
SET state = %s, heartbeat_at = UTC_TIMESTAMP(3), halt_exit_code = %s, halt_reason = %s
WHERE id = 1 AND pid = %s AND host = %s
