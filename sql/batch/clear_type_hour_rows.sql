-- Index: PRIMARY (hour, …): a run of it.
DELETE FROM type_clicks_by_hour WHERE hour = %s
