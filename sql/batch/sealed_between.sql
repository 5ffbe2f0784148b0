-- Index: hours PRIMARY (hour).
SELECT COUNT(*) AS hours, MIN(hour) AS first FROM hours
WHERE hour >= %s AND hour < %s AND state = 'sealed'
