-- Index: type_clicks_by_minute PRIMARY (minute, …), a small part of clicks_by_minute.
SELECT minute - INTERVAL MINUTE(minute) MINUTE AS hour, SUM(events) AS events
FROM type_clicks_by_minute WHERE minute >= %s AND minute < %s GROUP BY 1
