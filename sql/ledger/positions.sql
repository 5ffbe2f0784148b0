-- Index: PRIMARY (topic, kafka_partition).
SELECT kafka_partition, topic_id, origin_offset, next_offset,
       last_offset, last_leader_epoch, last_timestamp_ms, last_digest
FROM stream_offsets
WHERE topic = %s
ORDER BY kafka_partition
