-- Index: (applied_at); sampled_ranges by (epoch, applied_at). What an epoch has applied since the
-- last sample that was right before the first one that was wrong.
SELECT kafka_partition, MIN(start_offset) AS start_offset, MAX(end_offset) AS end_offset
FROM stream_batches
WHERE epoch = %(epoch)s AND applied_at > COALESCE(
  (SELECT MAX(applied_at) FROM sampled_ranges
   WHERE epoch = %(epoch)s AND differences IS NULL AND applied_at <
     (SELECT MIN(applied_at) FROM sampled_ranges
      WHERE epoch = %(epoch)s AND differences IS NOT NULL)),
  '1970-01-01')
GROUP BY kafka_partition ORDER BY kafka_partition
