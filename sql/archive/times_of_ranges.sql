-- Index: stream_batches PRIMARY, the ranges from one offset to another: a row for each span of hours
-- (since 1970) in which their events happened, or their records arrived.
SELECT DISTINCT event_time_min_ms DIV 3600000 AS first_event, event_time_max_ms DIV 3600000 AS last_event,
    kafka_time_min_ms DIV 3600000 AS first_arrival, kafka_time_max_ms DIV 3600000 AS last_arrival
FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND start_offset < %s
