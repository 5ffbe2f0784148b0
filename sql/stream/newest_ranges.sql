-- Index: PRIMARY (topic, kafka_partition, start_offset), read backwards.
SELECT start_offset, end_offset, records_read, accepted, rejected, clicks, rules_version, code_fingerprint
FROM stream_batches WHERE topic = %s AND kafka_partition = %s AND end_offset <= %s
ORDER BY start_offset DESC LIMIT 500
