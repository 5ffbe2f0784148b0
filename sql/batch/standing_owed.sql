-- Index: corrections by_key (minute, …): a run of it. What stands of corrections that are owed to an
-- hour; those that were taken back have rows of the opposite sign.
SELECT minute, device_type, device_id, cause, SUM(clicks_delta) AS clicks, SUM(events_delta) AS events
FROM corrections
WHERE minute >= %s AND minute < %s AND cause IN ('ledger gap closed', 'duplicates')
GROUP BY minute, device_type, device_id, cause
