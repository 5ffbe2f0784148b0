-- Index: arrivals_by_hour PRIMARY (hour, …). An hour that two days share is counted once, with the
-- day in which it begins.
SELECT
    CAST(COALESCE(SUM(CASE WHEN verdict <> 'accepted' THEN records END), 0) AS SIGNED) AS rejected,
    CAST(COALESCE(SUM(records), 0) AS SIGNED) AS arrived
FROM arrivals_by_hour
WHERE hour >= %(starts_at)s AND hour < %(ends_at)s
