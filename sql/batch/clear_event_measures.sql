-- Index: PRIMARY (hour, …): a run of it for each.
DELETE FROM event_measures_by_hour WHERE hour IN ({hours})
