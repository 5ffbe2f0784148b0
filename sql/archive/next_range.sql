-- Index: stream_batches PRIMARY: the first range that begins at an offset or behind it.
SELECT MIN(start_offset) AS start_offset FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s
