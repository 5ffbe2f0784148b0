-- Index: stream_offsets and archive_positions PRIMARY; stream_batches PRIMARY, to the first range of a
-- partition that has records and is not archived yet.
SELECT batches.kafka_partition, batches.start_offset, batches.kafka_time_min_ms
FROM (
    SELECT ledger.topic, ledger.kafka_partition,
        (SELECT MIN(later.start_offset) FROM stream_batches AS later
         WHERE later.topic = ledger.topic AND later.kafka_partition = ledger.kafka_partition
            AND later.start_offset >= COALESCE(archived.next_offset, ledger.origin_offset)
            AND later.records_read > 0) AS first_offset
    FROM stream_offsets AS ledger
    LEFT JOIN archive_positions AS archived
        ON archived.topic = ledger.topic AND archived.kafka_partition = ledger.kafka_partition
    WHERE ledger.topic = %s
) AS waiting
JOIN stream_batches AS batches
    ON batches.topic = waiting.topic AND batches.kafka_partition = waiting.kafka_partition
    AND batches.start_offset = waiting.first_offset
ORDER BY batches.kafka_partition
