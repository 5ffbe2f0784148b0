-- Index: PRIMARY (topic, kafka_partition, start_offset). Whoever closes a gap waits here, or has done it.
SELECT records FROM archive_segments
WHERE topic = %s AND kafka_partition = %s AND start_offset = %s FOR UPDATE
