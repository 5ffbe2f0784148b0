-- Index: hours PRIMARY (hour), type_clicks_by_minute PRIMARY (minute, …), clicks_by_minute PRIMARY: a
-- look into a run of both for each sealed hour. A row there is never served.
SELECT sealed.hour, sealed.type_rows, sealed.minute_rows, COUNT(*) OVER () AS violations
FROM (
    SELECT hours.hour,
        (SELECT COUNT(*) FROM type_clicks_by_minute AS types
         WHERE types.minute >= hours.hour
            AND types.minute < hours.hour + INTERVAL 1 HOUR) AS type_rows,
        (SELECT COUNT(*) FROM clicks_by_minute AS counted
         WHERE counted.minute >= hours.hour
            AND counted.minute < hours.hour + INTERVAL 1 HOUR) AS minute_rows
    FROM hours
    WHERE hours.state = 'sealed'
) AS sealed
WHERE sealed.type_rows + sealed.minute_rows > 0
ORDER BY sealed.hour
LIMIT 20;
