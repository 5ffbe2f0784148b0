UPDATE incidents SET last_seen_at = UTC_TIMESTAMP(3), detail = %(detail)s, next_step = %(next_step)s
WHERE id = %(id)s
