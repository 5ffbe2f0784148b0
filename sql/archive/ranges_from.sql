-- Index: stream_batches PRIMARY (topic, kafka_partition, start_offset): a run of it, in order.
SELECT start_offset, end_offset, rules_version
FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND start_offset < %s
ORDER BY start_offset LIMIT %s
