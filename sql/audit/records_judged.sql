-- Reads all of stream_batches.
SELECT
    topic, kafka_partition, start_offset, end_offset, records_read, accepted, rejected,
    COUNT(*) OVER () AS violations
FROM stream_batches
WHERE accepted + rejected <> records_read OR accepted < 0 OR rejected < 0
ORDER BY topic, kafka_partition, start_offset
LIMIT 20;
