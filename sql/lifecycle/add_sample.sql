INSERT INTO sampled_ranges (topic, kafka_partition, start_offset, end_offset, epoch, release_name,
  records, differences, applied_at, counted_at)
VALUES (%(topic)s, %(kafka_partition)s, %(start_offset)s, %(end_offset)s, %(epoch)s,
  %(release_name)s, %(records_read)s, %(differences)s, %(applied_at)s, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE differences = VALUES(differences), counted_at = VALUES(counted_at)
