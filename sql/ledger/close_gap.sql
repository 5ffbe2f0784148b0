-- Index: PRIMARY (topic, kafka_partition, start_offset). Once: nothing happens to a closed one.
UPDATE ledger_gaps
SET closed_at = UTC_TIMESTAMP(3), closed_by = %(by)s, closed_reason = %(reason)s,
    source = %(source)s, records = %(records)s, accepted = %(accepted)s, rejected = %(rejected)s,
    clicks = %(clicks)s
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
    AND closed_at IS NULL
