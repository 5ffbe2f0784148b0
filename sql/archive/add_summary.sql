-- Index: PRIMARY. Two runs that summarise one segment come to the same: the first one's stays.
INSERT INTO archive_summaries
    (topic, kafka_partition, start_offset, rules_version, transforms_fingerprint, accepted, rejected,
     clicks, event_time_min_ms, event_time_max_ms, counted_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE archive_summaries.topic = archive_summaries.topic
