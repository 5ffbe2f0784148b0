UPDATE stream_state
SET desired_state = %s, desired_by = %s, desired_reason = %s, desired_at = UTC_TIMESTAMP(3)
WHERE id = 1
