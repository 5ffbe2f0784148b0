-- Index: (applied_at), read backwards; sampled_ranges by its key. An hour is looked through at most.
SELECT batches.topic, batches.kafka_partition, batches.start_offset, batches.end_offset,
  batches.epoch, batches.release_name, batches.records_read, batches.accepted, batches.rejected,
  batches.clicks, batches.rules_version, batches.applied_at
FROM stream_batches AS batches
LEFT JOIN sampled_ranges AS sampled ON sampled.topic = batches.topic
  AND sampled.kafka_partition = batches.kafka_partition
  AND sampled.start_offset = batches.start_offset
WHERE batches.applied_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR AND batches.epoch = %(epoch)s
  AND batches.records_read BETWEEN 1 AND %(most)s AND sampled.topic IS NULL
ORDER BY batches.applied_at DESC LIMIT 1
