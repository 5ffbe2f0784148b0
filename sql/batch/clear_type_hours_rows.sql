-- Index: PRIMARY (hour, …).
DELETE FROM type_clicks_by_hour WHERE hour IN ({hours})
