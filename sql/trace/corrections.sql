-- Index: by_key (minute, device_type, device_id, id).
SELECT id, run, cause, clicks_before, events_before, clicks_delta, events_delta, clicks_after,
    events_after, applied_at, undone_by
FROM corrections
WHERE minute = %(minute)s AND device_type = %(device_type)s AND device_id = %(device_id)s
ORDER BY id
