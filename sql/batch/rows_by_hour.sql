-- How many minute rows an hour has: a type row's devices are the rows of its minute and type.
-- Index: type_clicks_by_minute PRIMARY (minute, …), a small part of clicks_by_minute.
SELECT minute - INTERVAL MINUTE(minute) MINUTE AS hour, SUM(devices) AS minute_rows,
    SUM(events) AS events
FROM type_clicks_by_minute WHERE minute >= %s AND minute < %s GROUP BY 1
