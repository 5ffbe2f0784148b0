-- Index: clicks_by_hour PRIMARY (hour, …): a run of it.
SELECT built.hour, COUNT(*) AS impossible_rows, MIN(built.device_id) AS one_device
FROM clicks_by_hour AS built
INNER JOIN hours ON hours.hour = built.hour AND hours.state = 'reconciled'
WHERE built.hour >= %(start)s AND built.hour < %(end)s
    AND (
        built.events < 1 OR built.clicks < 0 OR built.first_minute > built.last_minute
        OR built.first_minute < built.hour
        OR built.last_minute >= built.hour + INTERVAL 1 HOUR
    )
GROUP BY built.hour
