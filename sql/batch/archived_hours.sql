-- Index: archive_hours PRIMARY (hour, …): a run of it.
SELECT DISTINCT hour FROM archive_hours
WHERE hour >= %(start)s AND hour < %(end)s AND topic = %(topic)s
    AND transforms_fingerprint = %(fingerprint)s
