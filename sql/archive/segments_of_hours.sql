-- Index: archive_hours PRIMARY, which begins with the hour: a look-up per hour of the JSON array.
SELECT DISTINCT held.kafka_partition, held.start_offset
FROM JSON_TABLE(%(hours)s, '$[*]' COLUMNS (hour DATETIME PATH '$')) AS wanted
STRAIGHT_JOIN archive_hours AS held ON held.hour = wanted.hour
WHERE held.topic = %(topic)s AND held.transforms_fingerprint = %(fingerprint)s
