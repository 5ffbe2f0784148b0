-- Index: stream_batches PRIMARY. Which code counted the ranges of a segment.
SELECT DISTINCT release_name, code_fingerprint FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND end_offset <= %s
