-- Reads all of ledger_gaps, which is short.
SELECT topic, kafka_partition, start_offset, end_offset, accepted_at, reason
FROM ledger_gaps WHERE closed_at IS NULL ORDER BY topic, kafka_partition, start_offset
