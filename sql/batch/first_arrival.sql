-- Index: PRIMARY (topic, kafka_partition, start_offset): the first range of each partition.
SELECT MIN(batches.kafka_time_min_ms) AS arrived_ms
FROM stream_offsets AS ledger
JOIN stream_batches AS batches
    ON batches.topic = ledger.topic AND batches.kafka_partition = ledger.kafka_partition
    AND batches.start_offset = ledger.origin_offset
WHERE ledger.topic = %s
