INSERT INTO archive_segments
    (topic, kafka_partition, start_offset, end_offset, rules_version, state, claimed_at)
VALUES (%s, %s, %s, %s, %s, 'claimed', UTC_TIMESTAMP(3))
