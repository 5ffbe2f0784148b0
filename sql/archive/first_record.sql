-- Index: stream_batches PRIMARY: from the offset on, to the first range that has a record.
SELECT start_offset FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND records_read > 0
ORDER BY start_offset LIMIT 1
