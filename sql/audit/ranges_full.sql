-- Reads all of stream_batches.
SELECT
    topic, kafka_partition, start_offset, end_offset, records_read, holes,
    COUNT(*) OVER () AS violations
FROM stream_batches
WHERE records_read + holes <> end_offset - start_offset
    OR end_offset <= start_offset OR records_read < 0 OR holes < 0
ORDER BY topic, kafka_partition, start_offset
LIMIT 20;
