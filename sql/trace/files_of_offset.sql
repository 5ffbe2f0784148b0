-- Index: archive_segments PRIMARY read backwards from the offset; files by_segment.
SELECT files.path, files.sha256, found.kafka_partition, found.start_offset, found.end_offset,
    found.rules_version
FROM (
    SELECT topic, kafka_partition, start_offset, end_offset, rules_version, state
    FROM archive_segments
    WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset <= %(offset)s
    ORDER BY start_offset DESC LIMIT 1
) AS found
JOIN archive_files AS files
    ON files.topic = found.topic AND files.kafka_partition = found.kafka_partition
    AND files.start_offset = found.start_offset
WHERE found.end_offset > %(offset)s AND found.state = 'archived'
ORDER BY files.path
