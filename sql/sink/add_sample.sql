INSERT INTO rejected_events
  (topic, kafka_partition, kafka_offset, reason, raw, true_length, arrived_at, hour)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
