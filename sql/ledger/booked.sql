-- Index: PRIMARY of both. What the ledger says of the ranges from one offset to another; records that
-- were brought back into a gap stand beside its holes.
SELECT COALESCE(SUM(batches.end_offset - batches.start_offset), 0) AS offsets,
    COALESCE(SUM(batches.records_read + COALESCE(gaps.records, 0)), 0) AS records,
    COALESCE(SUM(batches.holes - COALESCE(gaps.records, 0)), 0) AS holes,
    COALESCE(SUM(batches.accepted + COALESCE(gaps.accepted, 0)), 0) AS accepted,
    COALESCE(SUM(batches.rejected + COALESCE(gaps.rejected, 0)), 0) AS rejected,
    COALESCE(SUM(batches.clicks + COALESCE(gaps.clicks, 0)), 0) AS clicks
FROM stream_batches AS batches
LEFT JOIN ledger_gaps AS gaps
    ON gaps.topic = batches.topic AND gaps.kafka_partition = batches.kafka_partition
    AND gaps.start_offset = batches.start_offset
WHERE batches.topic = %s AND batches.kafka_partition = %s AND batches.start_offset >= %s
    AND batches.end_offset <= %s
