-- Index: PRIMARY (minute, device_type, device_id). VALUES() works on both servers; the row alias
-- that MySQL prefers is a syntax error in MariaDB.
INSERT INTO clicks_by_minute (minute, device_type, device_id, clicks, events) VALUES {rows}
ON DUPLICATE KEY UPDATE clicks = clicks + VALUES(clicks), events = events + VALUES(events)
