-- Index: PRIMARY (hour).
SELECT hour FROM hours
WHERE hour >= %(day)s AND hour < %(day)s + INTERVAL 1 DAY AND state = 'reconciled' ORDER BY hour
