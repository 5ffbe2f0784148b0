-- Index: PRIMARY (topic, kafka_partition, start_offset).
DELETE FROM archive_segments
WHERE topic = %s AND kafka_partition = %s AND start_offset = %s AND state = 'claimed'
