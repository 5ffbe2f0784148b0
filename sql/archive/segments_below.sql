-- Index: archive_segments PRIMARY (topic, kafka_partition, start_offset); summaries by their key.
-- Segments whose summary by the wanted rules (null: their own) and by this form of the transforms
-- is missing have NULL there.
SELECT segments.kafka_partition, segments.start_offset, segments.end_offset, segments.rules_version,
    segments.records, segments.holes, summaries.accepted, summaries.rejected, summaries.clicks
FROM archive_segments AS segments
LEFT JOIN archive_summaries AS summaries
    ON summaries.topic = segments.topic
    AND summaries.kafka_partition = segments.kafka_partition
    AND summaries.start_offset = segments.start_offset
    AND summaries.rules_version = COALESCE(%(rules_version)s, segments.rules_version)
    AND summaries.transforms_fingerprint = %(fingerprint)s
WHERE segments.topic = %(topic)s AND segments.kafka_partition = %(partition)s
    AND segments.start_offset < %(cut)s AND segments.state = 'archived'
ORDER BY segments.start_offset
