-- Index: PRIMARY (topic, kafka_partition, start_offset). A gap's segment gets its records, once.
UPDATE archive_segments
SET records = %(records)s, holes = end_offset - start_offset - %(records)s, bytes = %(bytes)s,
    kafka_time_min_ms = %(kafka_time_min_ms)s, kafka_time_max_ms = %(kafka_time_max_ms)s
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
    AND end_offset = %(end)s AND state = 'archived' AND records = 0
