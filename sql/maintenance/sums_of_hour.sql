-- Index: PRIMARY (minute, …) and (hour, …): a run of each. What is to go, and what stays for it.
SELECT
    (SELECT COALESCE(SUM(clicks), 0) FROM clicks_by_minute
     WHERE minute >= %(hour)s AND minute < %(end)s) AS minute_clicks,
    (SELECT COALESCE(SUM(events), 0) FROM clicks_by_minute
     WHERE minute >= %(hour)s AND minute < %(end)s) AS minute_events,
    (SELECT COALESCE(SUM(clicks), 0) FROM clicks_by_hour WHERE hour = %(hour)s) AS hour_clicks,
    (SELECT COALESCE(SUM(events), 0) FROM clicks_by_hour WHERE hour = %(hour)s) AS hour_events,
    (SELECT COALESCE(SUM(clicks), 0) FROM type_clicks_by_hour WHERE hour = %(hour)s) AS type_clicks,
    (SELECT COALESCE(SUM(events), 0) FROM type_clicks_by_hour WHERE hour = %(hour)s) AS type_events
