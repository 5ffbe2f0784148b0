UPDATE operation_lock SET token = NULL, holder = NULL, expires_at = NULL
WHERE id = 1 AND holder = %s
