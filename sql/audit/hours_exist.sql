-- Index: hours PRIMARY (hour). Reads type_clicks_by_minute, which types_equal_minutes proves to
-- have every minute, and which is a small part of clicks_by_minute.
WITH touched AS (
    SELECT DISTINCT minute - INTERVAL MINUTE(minute) MINUTE - INTERVAL SECOND(minute) SECOND AS hour
    FROM type_clicks_by_minute
)
SELECT touched.hour, COUNT(*) OVER () AS violations
FROM touched
LEFT JOIN hours ON hours.hour = touched.hour
WHERE hours.hour IS NULL
ORDER BY touched.hour
LIMIT 20;
