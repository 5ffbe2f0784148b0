-- Index: PRIMARY (topic, kafka_partition, start_offset).
UPDATE archive_segments
SET state = 'archived', archived_at = UTC_TIMESTAMP(3), records = %s, holes = %s, bytes = %s,
    kafka_time_min_ms = %s, kafka_time_max_ms = %s
WHERE topic = %s AND kafka_partition = %s AND start_offset = %s AND state = 'claimed'
