-- Index: stream_batches PRIMARY: the ranges of each segment; archive_hours and hours by its hours.
-- Neighbours in one segment that the same driver applied by the same code and rules: together they say
-- what each said. Gaps stay apart, and lost records, of which
-- the ranges' times are all that is known, and hours that somebody may still look into.
SELECT batches.kafka_partition, segments.start_offset AS segment,
    MIN(batches.start_offset) AS start_offset, MAX(batches.end_offset) AS end_offset,
    COUNT(*) AS ranges
FROM archive_segments AS segments
JOIN stream_batches AS batches
    ON batches.topic = segments.topic AND batches.kafka_partition = segments.kafka_partition
    AND batches.start_offset >= segments.start_offset AND batches.end_offset <= segments.end_offset
WHERE segments.topic = %(topic)s AND segments.state = 'archived'
    AND batches.applied_at < %(before)s
    AND NOT EXISTS (
        SELECT 1 FROM archive_hours AS held
        JOIN hours ON hours.hour = held.hour
        WHERE held.topic = segments.topic AND held.kafka_partition = segments.kafka_partition
            AND held.start_offset = segments.start_offset
            AND hours.state NOT IN ('reconciled', 'sealed')
    )
    AND NOT EXISTS (
        SELECT 1 FROM ledger_gaps AS gaps
        WHERE gaps.topic = segments.topic AND gaps.kafka_partition = segments.kafka_partition
            AND gaps.start_offset = segments.start_offset
    )
    AND NOT EXISTS (
        SELECT 1 FROM archive_losses AS lost
        WHERE lost.topic = segments.topic AND lost.kafka_partition = segments.kafka_partition
            AND lost.start_offset = segments.start_offset
    )
GROUP BY batches.kafka_partition, segments.start_offset, batches.epoch, batches.generation,
    batches.rules_version, batches.release_name, batches.code_fingerprint
HAVING COUNT(*) > 1
ORDER BY batches.kafka_partition, MIN(batches.start_offset)
