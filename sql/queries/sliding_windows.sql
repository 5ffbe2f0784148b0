-- Index: type_clicks_by_minute PRIMARY (minute, device_type): one range read of start..end.
-- Every window that lies wholly within %(start)s..%(end)s (DATETIME, UTC, end not included), also
-- those without a click. Windows are %(length)s minutes long and begin every %(slide)s minutes,
-- counted from 1970-01-01 00:00. %(device_type)s NULL: all types together.
-- Minutes are numbered since 1970. The series doubles at each step (n -> 2n, 2n + 1), because a
-- recursion that adds one would end at 1,000 steps; MariaDB would even cut it without an error.
-- A window is the sum of the minutes before its end, which is why the series has one minute more.
WITH RECURSIVE asked AS (
    SELECT
        CEILING(TIMESTAMPDIFF(SECOND, '1970-01-01', %(start)s) / 60) AS first_minute,
        FLOOR(TIMESTAMPDIFF(SECOND, '1970-01-01', %(end)s) / 60) AS end_minute
), series (n) AS (
    SELECT CAST(1 AS SIGNED) FROM asked WHERE first_minute < end_minute
    UNION ALL
    SELECT series.n * 2 + bit.b
    FROM series
    CROSS JOIN (SELECT 0 AS b UNION ALL SELECT 1) AS bit
    CROSS JOIN asked
    WHERE series.n * 2 + bit.b <= asked.end_minute - asked.first_minute + 1
), panes AS (
    SELECT
        TIMESTAMPDIFF(MINUTE, '1970-01-01', minute) AS minute_number,
        SUM(clicks) AS clicks,
        SUM(events) AS events
    FROM type_clicks_by_minute
    WHERE minute >= %(start)s AND minute < %(end)s
        AND (%(device_type)s IS NULL OR device_type = %(device_type)s)
    GROUP BY minute
), dense AS (
    SELECT
        asked.first_minute + series.n - 1 AS minute_number,
        asked.first_minute,
        COALESCE(panes.clicks, 0) AS clicks,
        COALESCE(panes.events, 0) AS events
    FROM series
    CROSS JOIN asked
    LEFT JOIN panes ON panes.minute_number = asked.first_minute + series.n - 1
), windows AS (
    SELECT
        minute_number - %(length)s AS start_number,
        first_minute,
        SUM(clicks) OVER before_it AS clicks,
        SUM(events) OVER before_it AS events
    FROM dense
    WINDOW before_it AS (
        ORDER BY minute_number ROWS BETWEEN %(length)s PRECEDING AND 1 PRECEDING
    )
)
SELECT
    TIMESTAMP '1970-01-01 00:00:00' + INTERVAL start_number MINUTE AS window_start,
    TIMESTAMP '1970-01-01 00:00:00' + INTERVAL start_number + %(length)s MINUTE AS window_end,
    clicks,
    events
FROM windows
WHERE start_number >= first_minute AND MOD(start_number, %(slide)s) = 0
ORDER BY start_number;
