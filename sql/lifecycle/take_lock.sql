-- Free, or its actor has not said for too long that it lives.
UPDATE operation_lock
SET token = %(token)s, holder = %(holder)s,
    expires_at = UTC_TIMESTAMP(3) + INTERVAL %(lease_s)s SECOND
WHERE id = 1 AND (token IS NULL OR expires_at < UTC_TIMESTAMP(3))
