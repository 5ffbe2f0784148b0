-- Index: PRIMARY (topic, kafka_partition). Moves only from where this batch began.
UPDATE stream_offsets
SET next_offset = %s, last_offset = %s, last_leader_epoch = %s, last_timestamp_ms = %s,
    last_digest = %s, epoch = %s, updated_at = UTC_TIMESTAMP(3)
WHERE topic = %s AND kafka_partition = %s AND next_offset = %s
