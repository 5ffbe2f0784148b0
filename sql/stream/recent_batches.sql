-- Index: by_applied_at. The newest batches, a row a partition, until they hold as many records as the
-- window; each row has at least one. What an operator let pass does not count. Without the hint all
-- of a topic's rows are sorted.
SELECT records_read, rejected
FROM (
    SELECT records_read, rejected, applied_at, kafka_partition,
        SUM(records_read) OVER (
            ORDER BY applied_at DESC, kafka_partition ROWS UNBOUNDED PRECEDING
        ) - records_read AS newer
    FROM (
        SELECT kafka_partition, records_read, rejected, applied_at
        FROM stream_batches b FORCE INDEX (by_applied_at)
        WHERE topic = %(topic)s AND records_read > 0 AND NOT EXISTS (
            SELECT 1 FROM reject_allowances a
            WHERE a.topic = b.topic AND a.kafka_partition = b.kafka_partition
                AND a.start_offset <= b.start_offset AND b.end_offset <= a.end_offset
        )
        ORDER BY applied_at DESC LIMIT %(window)s
    ) newest
) summed
WHERE newer < %(window)s
ORDER BY applied_at DESC, kafka_partition
