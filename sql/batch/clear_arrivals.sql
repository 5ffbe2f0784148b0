-- Index: PRIMARY (hour, …): a run of it for each.
DELETE FROM arrivals_by_hour WHERE hour IN ({hours})
