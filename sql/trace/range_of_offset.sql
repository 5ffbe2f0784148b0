-- Index: PRIMARY (topic, kafka_partition, start_offset), read backwards from the offset.
SELECT start_offset, end_offset, epoch, generation, release_name, rules_version, records_read,
    applied_at
FROM stream_batches
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset <= %(offset)s
ORDER BY start_offset DESC LIMIT 1
