-- Index: PRIMARY (hour, …).
SELECT verdict, SUM(records) AS records
FROM arrivals_by_hour
WHERE hour >= %(start)s AND hour < %(end)s
GROUP BY verdict
ORDER BY verdict
