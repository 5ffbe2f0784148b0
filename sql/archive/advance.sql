-- Index: PRIMARY (topic, kafka_partition).
UPDATE archive_positions SET next_offset = %s, updated_at = UTC_TIMESTAMP(3)
WHERE topic = %s AND kafka_partition = %s AND next_offset = %s
