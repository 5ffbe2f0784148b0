-- Index: PRIMARY (hour, …).
DELETE FROM clicks_by_hour WHERE hour IN ({hours})
