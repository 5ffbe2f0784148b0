-- Index: PRIMARY (topic, kafka_partition, start_offset).
SELECT kafka_partition, start_offset, end_offset, rules_version, arrived_after_ms,
    arrived_before_ms, accepted_at, accepted_by, reason, closed_at, closed_by, closed_reason, source,
    records, accepted, rejected, clicks
FROM ledger_gaps WHERE topic = %s ORDER BY kafka_partition, start_offset
