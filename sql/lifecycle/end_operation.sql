UPDATE operations
SET state = %(state)s, result = %(result)s, stage_at = UTC_TIMESTAMP(3), ended_at = UTC_TIMESTAMP(3)
WHERE token = %(token)s
