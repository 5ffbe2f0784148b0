-- A partition that the ledger meets for the first time.
INSERT INTO stream_offsets
  (topic, kafka_partition, topic_id, origin_offset, next_offset, epoch, updated_at)
VALUES (%s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3))
