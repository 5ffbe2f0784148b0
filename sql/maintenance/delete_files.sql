-- Index: by_segment (topic, kafka_partition, start_offset).
DELETE FROM archive_files
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
