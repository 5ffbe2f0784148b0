-- Index: PRIMARY (topic, kafka_partition).
SELECT kafka_partition, topic_id, origin_offset, next_offset
FROM archive_positions WHERE topic = %s ORDER BY kafka_partition
