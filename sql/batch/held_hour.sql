-- Index: PRIMARY (hour).
SELECT hour, run, reason, held_at FROM held_hours WHERE hour = %s
