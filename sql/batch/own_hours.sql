-- Index: PRIMARY (hour), ascending: the lock order of P1. An older run is dead from here.
-- A held hour waits for a person: only what a person asked for may take it.
UPDATE hours
SET owner_run = %s, version = version + 1, state = IF(state = 'open', 'provisional', state),
    updated_at = UTC_TIMESTAMP(3)
WHERE hour IN ({hours}) AND state <> 'sealed'
    AND (%s OR NOT EXISTS (SELECT 1 FROM held_hours WHERE held_hours.hour = hours.hour))
ORDER BY hour
