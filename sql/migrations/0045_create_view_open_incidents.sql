-- What is wrong now, with the stream and with hours.
-- Indexes: by_ended (ended_at) of both tables.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW open_incidents AS
SELECT
    'stream' AS scope,
    CAST(NULL AS DATETIME) AS hour,
    verdict,
    detail,
    next_step,
    opened_at,
    last_seen_at
FROM incidents
WHERE ended_at IS NULL
UNION ALL
SELECT 'hour' AS scope, hour, cause AS verdict, detail, next_step, opened_at, last_seen_at
FROM hour_incidents
WHERE ended_at IS NULL;
