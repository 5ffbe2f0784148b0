-- Index: PRIMARY (hour), ascending: the lock order of P1.
SELECT hour, version, owner_run FROM hours WHERE hour IN ({hours}) ORDER BY hour FOR UPDATE
