-- Index: (applied_at). What an epoch has committed since it took over, a row a partition.
SELECT topic, kafka_partition, start_offset, end_offset, epoch, release_name, records_read,
  accepted, rejected, clicks, rules_version, batch_id, applied_at
FROM stream_batches WHERE applied_at >= %(since)s AND epoch = %(epoch)s
ORDER BY applied_at LIMIT 10000
