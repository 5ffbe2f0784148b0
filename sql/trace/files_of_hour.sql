-- Index: archive_hours PRIMARY (hour, …); files by_segment. Files of the segments that hold the hour by
-- any summary, and of those that nobody has summarised. A segment of which only rejected records name
-- the hour is not among them: nothing but its files knows that, and there are too many to read.
SELECT files.path, files.sha256, segments.kafka_partition, segments.start_offset,
    segments.end_offset, segments.rules_version
FROM archive_segments AS segments
JOIN archive_files AS files
    ON files.topic = segments.topic AND files.kafka_partition = segments.kafka_partition
    AND files.start_offset = segments.start_offset
WHERE segments.topic = %(topic)s AND segments.state = 'archived' AND (
    EXISTS (
        SELECT 1 FROM archive_hours AS held
        WHERE held.hour = %(hour)s AND held.topic = segments.topic
            AND held.kafka_partition = segments.kafka_partition
            AND held.start_offset = segments.start_offset
    ) OR NOT EXISTS (
        SELECT 1 FROM archive_summaries AS known
        WHERE known.topic = segments.topic AND known.kafka_partition = segments.kafka_partition
            AND known.start_offset = segments.start_offset
    )
)
ORDER BY files.path
