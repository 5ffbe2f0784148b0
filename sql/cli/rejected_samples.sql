-- Index: rejected_events by_hour_reason (hour, reason).
-- The newest %(limit)s samples of rejected records in the hours of arrival from %(since)s on;
-- %(reason)s NULL: of any reason.
SELECT kafka_partition, kafka_offset, reason, arrived_at, true_length, raw
FROM rejected_events
WHERE hour >= %(since)s AND (%(reason)s IS NULL OR reason = %(reason)s)
ORDER BY arrived_at DESC, kafka_partition, kafka_offset DESC
LIMIT %(limit)s;
