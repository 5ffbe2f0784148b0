INSERT INTO reject_allowances
  (token, topic, kafka_partition, start_offset, end_offset, allowed_by, reason, created_at)
VALUES (%(token)s, %(topic)s, %(partition)s, %(start)s, %(end)s, %(by)s, %(reason)s,
  UTC_TIMESTAMP(3))
