-- Only what is still ours: an actor that was frozen may have lost it to another one, which is done.
UPDATE operation_lock SET expires_at = UTC_TIMESTAMP(3) + INTERVAL %(lease_s)s SECOND
WHERE id = 1 AND holder = %(holder)s
