-- Index: PRIMARY (topic, kafka_partition, start_offset).
SELECT kafka_partition, start_offset, end_offset, rules_version, state
FROM archive_segments WHERE topic = %s AND kafka_partition = %s AND start_offset = %s
