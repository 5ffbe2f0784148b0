-- Index: PRIMARY (hour), ascending: the lock order of P1. An older run is dead from here.
UPDATE hours
SET owner_run = %s, version = version + 1, state = 'reopened', updated_at = UTC_TIMESTAMP(3)
WHERE hour IN ({hours}) AND state <> 'sealed'
ORDER BY hour
