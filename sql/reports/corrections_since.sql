-- Index: corrections by_key (minute, …): the minutes of the day. Within an hour ids grow as its
-- transactions commit (each holds the hour's lock), so the newest id of an hour parts old from new.
SELECT corrections.minute, corrections.device_type, corrections.device_id, corrections.cause,
    corrections.moves_books, corrections.clicks_delta AS clicks, corrections.events_delta AS events
FROM corrections
LEFT JOIN JSON_TABLE(%(known)s, '$[*]' COLUMNS (
    hour DATETIME PATH '$.hour', correction BIGINT PATH '$.correction'
)) AS known ON known.hour = corrections.hour
WHERE corrections.minute >= %(start)s AND corrections.minute < %(end)s
    AND corrections.id > COALESCE(known.correction, 0)
