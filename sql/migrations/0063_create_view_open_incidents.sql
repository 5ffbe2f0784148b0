-- What is wrong now, with the stream, with hours and with days: a day whose newest judgement failed.
-- Indexes: by_ended (ended_at) of both tables of incidents; day_judgements by_day, its rows are few.
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
WHERE ended_at IS NULL
UNION ALL
SELECT
    'day' AS scope,
    CAST(NULL AS DATETIME) AS hour,
    'quality' AS verdict,
    CONCAT(
        judged.day, ' is held from publication: ',
        GROUP_CONCAT(results.expectation ORDER BY results.expectation SEPARATOR ', ')
    ) AS detail,
    'docs/runbooks/quality-failed.md' AS next_step,
    judged.judged_at AS opened_at,
    judged.judged_at AS last_seen_at
FROM day_judgements AS judged
INNER JOIN report_calendar AS calendar
    ON calendar.day = judged.day AND calendar.time_zone = judged.time_zone
INNER JOIN quality_results AS results
    ON results.judgement = judged.id AND results.severity = 'critical'
    AND results.verdict = 'failed'
WHERE judged.verdict = 'failed'
    AND judged.id = (
        SELECT MAX(newer.id) FROM day_judgements AS newer
        WHERE newer.time_zone = judged.time_zone AND newer.day = judged.day
    )
GROUP BY judged.id, judged.day, judged.judged_at;
