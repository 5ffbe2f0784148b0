INSERT INTO stream_batches
  (topic, kafka_partition, start_offset, end_offset, epoch, generation, batch_id,
   records_read, holes, accepted, rejected, clicks, event_time_min_ms, event_time_max_ms,
   kafka_time_min_ms, kafka_time_max_ms, rules_version, release_name, code_fingerprint, applied_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3))
