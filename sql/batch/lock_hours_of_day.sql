-- Index: PRIMARY (hour), ascending: the lock order of P1.
SELECT hour, state, version FROM hours WHERE hour >= %s AND hour < %s ORDER BY hour FOR UPDATE
