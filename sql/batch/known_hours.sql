-- Index: PRIMARY (hour).
SELECT hour, state FROM hours WHERE hour >= %s AND hour < %s ORDER BY hour
