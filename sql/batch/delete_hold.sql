-- Index: PRIMARY (hour).
DELETE FROM held_hours WHERE hour = %s
