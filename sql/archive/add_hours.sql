-- Index: PRIMARY.
INSERT INTO archive_hours
    (hour, topic, kafka_partition, start_offset, rules_version, transforms_fingerprint, events, clicks)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE archive_hours.topic = archive_hours.topic
