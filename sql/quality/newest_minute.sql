-- Index: type_clicks_by_minute PRIMARY (minute, …): its end. Events may be an hour in the future.
SELECT MAX(minute) AS minute FROM type_clicks_by_minute WHERE minute <= %(now)s
