-- Index: PRIMARY (hour, …): a run of it.
DELETE FROM clicks_by_hour WHERE hour = %s
