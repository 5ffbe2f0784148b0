-- Index: PRIMARY (hour, device_type).
SELECT SUM(events) AS events, SUM(duplicates) AS duplicates,
    SUM(up_to_1_minute) AS up_to_1_minute, SUM(up_to_10_minutes) AS up_to_10_minutes,
    SUM(up_to_1_hour) AS up_to_1_hour, SUM(up_to_1_day) AS up_to_1_day, SUM(later) AS later
FROM event_measures_by_hour
WHERE hour >= %(start)s AND hour < %(end)s
