-- Index: PRIMARY (topic, kafka_partition, start_offset): a run of it.
SELECT * FROM stream_batches
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset >= %(start)s
    AND end_offset <= %(end)s
ORDER BY start_offset FOR UPDATE
