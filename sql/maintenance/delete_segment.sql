-- Index: PRIMARY (topic, kafka_partition, start_offset).
DELETE FROM archive_segments
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
    AND state = 'archived'
