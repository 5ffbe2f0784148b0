-- Index: PRIMARY (topic, kafka_partition). The archive begins behind the segment from here on.
UPDATE archive_positions SET origin_offset = %(end)s, updated_at = UTC_TIMESTAMP(3)
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND origin_offset = %(start)s
