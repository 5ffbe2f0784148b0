-- Index: archive_hours PRIMARY (hour, …), archive_segments PRIMARY. By which versions of the rules
-- the stream judged the segments that hold events of the day.
SELECT DISTINCT segments.rules_version
FROM archive_hours AS held
STRAIGHT_JOIN archive_segments AS segments
    ON segments.topic = held.topic AND segments.kafka_partition = held.kafka_partition
    AND segments.start_offset = held.start_offset
WHERE held.hour >= %(start)s AND held.hour < %(end)s AND held.events > 0
ORDER BY segments.rules_version
