-- Index: PRIMARY (topic, kafka_partition, start_offset). The first of a run says what all of it said.
UPDATE stream_batches
SET end_offset = %(end)s, records_read = %(records_read)s, holes = %(holes)s,
    accepted = %(accepted)s, rejected = %(rejected)s, clicks = %(clicks)s,
    event_time_min_ms = %(event_time_min_ms)s, event_time_max_ms = %(event_time_max_ms)s,
    kafka_time_min_ms = %(kafka_time_min_ms)s, kafka_time_max_ms = %(kafka_time_max_ms)s,
    applied_at = %(applied_at)s
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
