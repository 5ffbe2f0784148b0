-- Index: (applied_at). The newest batches, a row a partition.
SELECT kafka_partition, start_offset, end_offset, records_read, rejected
FROM stream_batches ORDER BY applied_at DESC LIMIT 2000
