UPDATE stream_state
SET state = 'running', epoch = %(epoch)s, generation = %(generation)s, release_name = %(release)s,
    host = %(host)s, pid = %(pid)s, started_at = UTC_TIMESTAMP(3), heartbeat_at = UTC_TIMESTAMP(3),
    halt_exit_code = NULL, halt_reason = NULL
WHERE id = 1
