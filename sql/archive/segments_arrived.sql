-- Reads archive_segments of a topic, a row a million records or so: those with records whose Kafka
-- timestamp lies in one of the hours of the JSON array (epoch milliseconds).
SELECT segments.kafka_partition, segments.start_offset, segments.end_offset, segments.rules_version
FROM archive_segments AS segments
WHERE segments.topic = %(topic)s AND segments.state = 'archived' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(%(hours)s, '$[*]' COLUMNS (start_ms BIGINT PATH '$')) AS wanted
    WHERE segments.kafka_time_min_ms < wanted.start_ms + 3600000
        AND segments.kafka_time_max_ms >= wanted.start_ms
)
ORDER BY segments.kafka_partition, segments.start_offset
