-- Of the table moved, which sql/duckdb/moved.sql fills: rows and sums by table and reason.
SELECT "table", why, count(*) AS rows, CAST(sum(clicks_moved) AS BIGINT) AS clicks_moved,
    CAST(sum(events_moved) AS BIGINT) AS events_moved
FROM moved
GROUP BY ALL
ORDER BY "table" DESC, why
