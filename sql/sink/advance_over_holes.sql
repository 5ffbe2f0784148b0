-- Index: PRIMARY (topic, kafka_partition). The range holds no record: what was last applied stays.
UPDATE stream_offsets
SET next_offset = %s, epoch = %s, updated_at = UTC_TIMESTAMP(3)
WHERE topic = %s AND kafka_partition = %s AND next_offset = %s
