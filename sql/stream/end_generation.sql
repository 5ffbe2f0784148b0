UPDATE stream_generations SET ended_at = UTC_TIMESTAMP(3), exit_code = %s, end_reason = %s
WHERE generation = %s
