UPDATE stream_state SET state = 'running', epoch = %s, generation = %s,
  heartbeat_at = UTC_TIMESTAMP(3) WHERE id = 1
