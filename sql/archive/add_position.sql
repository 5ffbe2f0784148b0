-- Index: PRIMARY of both. The archive of a partition begins where its ledger does.
INSERT INTO archive_positions (topic, kafka_partition, topic_id, origin_offset, next_offset, updated_at)
SELECT topic, kafka_partition, topic_id, origin_offset, origin_offset, UTC_TIMESTAMP(3)
FROM stream_offsets WHERE topic = %s
ON DUPLICATE KEY UPDATE archive_positions.topic = archive_positions.topic
