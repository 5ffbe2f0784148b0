-- Index: archive_hours PRIMARY, which begins with the hour: a look-up per hour of the JSON array.
-- Which of the hours the segments from one offset to another hold, by any count of them.
SELECT DISTINCT wanted.hour
FROM JSON_TABLE(%(hours)s, '$[*]' COLUMNS (hour DATETIME PATH '$')) AS wanted
STRAIGHT_JOIN archive_hours AS held ON held.hour = wanted.hour
WHERE held.topic = %(topic)s AND held.kafka_partition = %(partition)s
    AND held.start_offset >= %(start)s AND held.start_offset < %(end)s
