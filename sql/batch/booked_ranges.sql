-- Index: stream_batches PRIMARY. The ranges of a segment as the ledger has them.
SELECT start_offset, end_offset, accepted, clicks, event_time_min_ms, event_time_max_ms,
    release_name, code_fingerprint
FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND end_offset <= %s
ORDER BY start_offset
