-- Index: (epoch, applied_at), read backwards.
SELECT kafka_partition, start_offset, end_offset, records, differences, counted_at
FROM sampled_ranges WHERE epoch = %s
ORDER BY applied_at DESC LIMIT 1
