-- Index: PRIMARY (token, topic, kafka_partition).
SELECT topic, kafka_partition, start_offset, end_offset
FROM reject_allowances
WHERE token = %s
ORDER BY topic, kafka_partition
