INSERT INTO ledger_gaps (topic, kafka_partition, start_offset, end_offset, rules_version,
    arrived_after_ms, arrived_before_ms, accepted_at, accepted_by, reason)
VALUES (%(topic)s, %(partition)s, %(start)s, %(end)s, %(rules_version)s, %(arrived_after_ms)s,
    %(arrived_before_ms)s, UTC_TIMESTAMP(3), %(by)s, %(reason)s)
