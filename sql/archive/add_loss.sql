INSERT IGNORE INTO archive_losses
    (topic, kafka_partition, start_offset, end_offset, records, accepted_at, accepted_by, reason)
VALUES (%s, %s, %s, %s, %s, UTC_TIMESTAMP(3), %s, %s)
