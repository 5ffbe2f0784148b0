-- Index: clicks_by_minute PRIMARY (minute, …): a run of it.
SELECT hours.hour, COUNT(*) AS impossible_rows, MIN(counted.device_id) AS one_device
FROM clicks_by_minute AS counted
INNER JOIN hours
    ON hours.hour = counted.minute - INTERVAL MINUTE(counted.minute) MINUTE
        - INTERVAL SECOND(counted.minute) SECOND
    AND hours.state = 'reconciled'
WHERE counted.minute >= %(start)s AND counted.minute < %(end)s
    AND (
        counted.events < 1 OR counted.clicks < 0 OR SECOND(counted.minute) <> 0
        OR counted.device_type = '' OR counted.device_id = ''
    )
GROUP BY hours.hour
