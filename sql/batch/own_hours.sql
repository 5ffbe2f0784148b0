-- Index: PRIMARY (hour), ascending: the lock order of P1. An older run is dead from here. The
-- version stays: no figure moves.
-- A held hour waits for a person: only what a person asked for may take it.
UPDATE hours
SET owner_run = %s, state = IF(state = 'open', 'provisional', state)
WHERE hour IN ({hours}) AND state <> 'sealed'
    AND (%s OR NOT EXISTS (SELECT 1 FROM held_hours WHERE held_hours.hour = hours.hour))
ORDER BY hour
