-- Index: stream_batches PRIMARY (topic, kafka_partition, start_offset): a run of it, in order.
SELECT batches.start_offset, batches.end_offset, batches.rules_version,
    gaps.topic IS NOT NULL AS is_gap
FROM stream_batches AS batches
LEFT JOIN ledger_gaps AS gaps
    ON gaps.topic = batches.topic AND gaps.kafka_partition = batches.kafka_partition
    AND gaps.start_offset = batches.start_offset
WHERE batches.topic = %s AND batches.kafka_partition = %s AND batches.start_offset >= %s
    AND batches.start_offset < %s
ORDER BY batches.start_offset LIMIT %s
