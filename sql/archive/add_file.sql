INSERT INTO archive_files (path, topic, kafka_partition, start_offset, records, bytes, sha256)
VALUES (%s, %s, %s, %s, %s, %s, %s)
