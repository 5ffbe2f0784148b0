INSERT INTO held_hours (hour, run, reason, held_at) VALUES (%s, %s, %s, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE run = VALUES(run), reason = VALUES(reason), held_at = VALUES(held_at)
