-- Index: rules_versions PRIMARY (version). Reads all of stream_batches.
SELECT
    judged.rules_version, judged.ranges, judged.topic, judged.first_start_offset,
    COUNT(*) OVER () AS violations
FROM (
    SELECT
        rules_version, topic, COUNT(*) AS ranges, MIN(start_offset) AS first_start_offset
    FROM stream_batches
    GROUP BY rules_version, topic
) AS judged
LEFT JOIN rules_versions ON rules_versions.version = judged.rules_version
WHERE rules_versions.version IS NULL
ORDER BY judged.rules_version, judged.topic
LIMIT 20;
