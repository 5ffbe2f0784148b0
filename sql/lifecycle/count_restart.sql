UPDATE incidents SET restarts = restarts + 1, last_restart_at = UTC_TIMESTAMP(3) WHERE id = %s
