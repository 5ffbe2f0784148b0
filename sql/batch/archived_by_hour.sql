-- Index: archive_hours PRIMARY (hour, …): a run of it. How many events the archive holds of an hour; of
-- a segment that was counted by several rules, by those that admit most.
SELECT hour, SUM(events) AS events
FROM (
    SELECT hour, MAX(events) AS events
    FROM archive_hours
    WHERE hour >= %s AND hour < %s AND topic = %s
    GROUP BY hour, kafka_partition, start_offset
) AS of_segments
GROUP BY hour
