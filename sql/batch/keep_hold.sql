-- Index: PRIMARY (hour). A hold that is there stays: it says why better than we do.
INSERT INTO held_hours (hour, run, reason, held_at) VALUES (%s, %s, %s, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE held_hours.hour = held_hours.hour
