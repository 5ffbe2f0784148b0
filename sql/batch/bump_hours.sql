-- Index: PRIMARY (hour).
UPDATE hours SET version = version + 1, state = 'reconciled', updated_at = UTC_TIMESTAMP(3)
WHERE hour IN ({hours})
