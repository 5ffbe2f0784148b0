-- Index: PRIMARY (topic, kafka_partition, start_offset): all but the first of a run.
DELETE FROM stream_batches
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset > %(start)s
    AND end_offset <= %(end)s
