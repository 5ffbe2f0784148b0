-- Index: PRIMARY (topic, kafka_partition, start_offset): the ranges beyond the archive's position,
-- those that can hold an event of the minute, or a rejected record that names it.
SELECT batches.kafka_partition, batches.start_offset, batches.end_offset, batches.rules_version
FROM stream_offsets AS ledger
LEFT JOIN archive_positions AS archived
    ON archived.topic = ledger.topic AND archived.kafka_partition = ledger.kafka_partition
JOIN stream_batches AS batches
    ON batches.topic = ledger.topic AND batches.kafka_partition = ledger.kafka_partition
    AND batches.start_offset >= COALESCE(archived.next_offset, ledger.origin_offset)
WHERE ledger.topic = %(topic)s AND (
    batches.rejected > 0
    OR (batches.event_time_min_ms < %(end_ms)s AND batches.event_time_max_ms >= %(start_ms)s)
)
ORDER BY batches.kafka_partition, batches.start_offset
