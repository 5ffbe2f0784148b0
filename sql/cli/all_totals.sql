-- Index: none, a pass over type_clicks_by_minute (some thousand rows a day).
-- All that was ever counted.
SELECT
    COALESCE(SUM(clicks), 0) AS clicks,
    COALESCE(SUM(events), 0) AS events,
    COUNT(DISTINCT device_type) AS device_types,
    MIN(minute) AS first_minute,
    MAX(minute) AS last_minute
FROM type_clicks_by_minute;
