-- Index: PRIMARY (hour, …) of hours, reconciled_hours and type_clicks_by_hour. An hour that is
-- served as reconciled has a mark of its version with the sums of its rows.
SELECT
    hours.hour, hours.version, marked.version AS marked_version, marked.clicks AS marked_clicks,
    marked.events AS marked_events, sums.clicks, sums.events
FROM hours
LEFT JOIN reconciled_hours AS marked ON marked.hour = hours.hour
LEFT JOIN (
    SELECT hour, SUM(clicks) AS clicks, SUM(events) AS events, SUM(devices) AS devices
    FROM type_clicks_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
    GROUP BY hour
) AS sums ON sums.hour = hours.hour
WHERE hours.hour >= %(start)s AND hours.hour < %(end)s AND hours.state = 'reconciled'
    AND NOT (
        marked.version = hours.version AND marked.clicks <=> COALESCE(sums.clicks, 0)
        AND marked.events <=> COALESCE(sums.events, 0)
        AND marked.devices <=> COALESCE(sums.devices, 0)
    )
ORDER BY hours.hour
