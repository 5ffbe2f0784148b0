-- Index: stream_batches PRIMARY. What the ledger says of the ranges that a segment covers.
SELECT COUNT(*) AS ranges, COALESCE(SUM(end_offset - start_offset), 0) AS offsets,
    COALESCE(SUM(records_read), 0) AS records, COALESCE(SUM(holes), 0) AS holes
FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND end_offset <= %s
