-- Reads archive_losses of a topic, which are few.
SELECT kafka_partition, start_offset, end_offset, records, accepted_at, accepted_by, reason
FROM archive_losses WHERE topic = %s ORDER BY kafka_partition, start_offset
