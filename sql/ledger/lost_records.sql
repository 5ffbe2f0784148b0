-- Reads all of archive_losses, which are few.
SELECT topic, kafka_partition, start_offset, end_offset, records, accepted_at, reason
FROM archive_losses ORDER BY topic, kafka_partition, start_offset
