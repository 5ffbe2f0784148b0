-- Index: PRIMARY (hour).
SELECT hour, state, version, owner_run FROM hours WHERE hour IN ({hours}) ORDER BY hour
