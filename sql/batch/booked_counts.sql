-- Index: stream_batches PRIMARY.
SELECT COALESCE(SUM(accepted), 0) AS accepted, COALESCE(SUM(rejected), 0) AS rejected,
    COALESCE(SUM(clicks), 0) AS clicks
FROM stream_batches
WHERE topic = %s AND kafka_partition = %s AND start_offset >= %s AND end_offset <= %s
