-- Index: PRIMARY of both. The ranges of a segment as the ledger has them, gaps as they were closed.
SELECT batches.start_offset, batches.end_offset,
    batches.accepted + COALESCE(gaps.accepted, 0) AS accepted,
    batches.clicks + COALESCE(gaps.clicks, 0) AS clicks,
    batches.event_time_min_ms, batches.event_time_max_ms, batches.release_name,
    batches.code_fingerprint
FROM stream_batches AS batches
LEFT JOIN ledger_gaps AS gaps
    ON gaps.topic = batches.topic AND gaps.kafka_partition = batches.kafka_partition
    AND gaps.start_offset = batches.start_offset
WHERE batches.topic = %s AND batches.kafka_partition = %s AND batches.start_offset >= %s
    AND batches.end_offset <= %s
ORDER BY batches.start_offset
