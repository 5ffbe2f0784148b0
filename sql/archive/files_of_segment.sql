-- Index: by_segment (topic, kafka_partition, start_offset).
SELECT path, records, bytes, sha256 FROM archive_files
WHERE topic = %s AND kafka_partition = %s AND start_offset = %s ORDER BY path
