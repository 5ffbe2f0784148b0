-- Index: PRIMARY (hour). An hour in which nothing happened is an hour too.
INSERT INTO hours (hour, state, version, updated_at) VALUES (%s, 'open', 0, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE hours.hour = hours.hour
