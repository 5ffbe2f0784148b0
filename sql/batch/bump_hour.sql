-- Index: PRIMARY (hour).
UPDATE hours SET version = version + 1, state = COALESCE(%s, state), updated_at = UTC_TIMESTAMP(3)
WHERE hour = %s
