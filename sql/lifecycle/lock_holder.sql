SELECT token, holder, expires_at > UTC_TIMESTAMP(3) AS held FROM operation_lock WHERE id = 1
