-- Rows of a day's tables that differ between two versions, and why, in the order of their keys.
-- $types_before, $hours_before, $devices_before and the same _after are Parquet files; the table
-- corrections holds what was corrected between the two: clock hour, type, device, cause, sums. One
-- that brings a row back to the books, after a change by hand, explains nothing: unless the version
-- before was provisional, and showed the change. What corrections do not explain came with late
-- events: final versions equal a recount of raw records.
WITH before AS (
    SELECT 'types' AS "table", '' AS hour, device_type, '' AS device_id, clicks, events
    FROM read_parquet($types_before)
    UNION ALL
    SELECT 'hours', strftime(hour AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ'), device_type, '', clicks, events
    FROM read_parquet($hours_before)
    UNION ALL
    SELECT 'devices', '', device_type, device_id, clicks, events FROM read_parquet($devices_before)
), after AS (
    SELECT 'types' AS "table", '' AS hour, device_type, '' AS device_id, clicks, events
    FROM read_parquet($types_after)
    UNION ALL
    SELECT 'hours', strftime(hour AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ'), device_type, '', clicks, events
    FROM read_parquet($hours_after)
    UNION ALL
    SELECT 'devices', '', device_type, device_id, clicks, events FROM read_parquet($devices_after)
), moved AS (
    SELECT "table", hour, device_type, device_id,
        coalesce(before.clicks, 0) AS clicks_before, coalesce(after.clicks, 0) AS clicks_after,
        coalesce(before.events, 0) AS events_before, coalesce(after.events, 0) AS events_after
    FROM before
    FULL JOIN after USING ("table", hour, device_type, device_id)
    WHERE before.clicks IS DISTINCT FROM after.clicks OR before.events IS DISTINCT FROM after.events
), causes AS (
    SELECT 'types' AS "table", '' AS hour, device_type, '' AS device_id, cause, moves_books, clicks,
        events
    FROM corrections
    UNION ALL
    SELECT 'hours', hour, device_type, '', cause, moves_books, clicks, events FROM corrections
    UNION ALL
    SELECT 'devices', '', device_type, device_id, cause, moves_books, clicks, events FROM corrections
), explained AS (
    SELECT "table", hour, device_type, device_id,
        sum(clicks) AS all_clicks, sum(events) AS all_events,
        string_agg(DISTINCT 'correction: ' || cause, '; ' ORDER BY 'correction: ' || cause) AS all_why,
        coalesce(sum(clicks) FILTER (moves_books), 0) AS clicks,
        coalesce(sum(events) FILTER (moves_books), 0) AS events,
        string_agg(DISTINCT 'correction: ' || cause, '; ' ORDER BY 'correction: ' || cause)
            FILTER (moves_books) AS why
    FROM causes
    GROUP BY ALL
)
SELECT moved."table", moved.hour, moved.device_type, moved.device_id,
    clicks_before, clicks_after, clicks_after - clicks_before AS clicks_moved,
    events_before, events_after, events_after - events_before AS events_moved,
    CASE
        WHEN explained.clicks = clicks_moved AND explained.events = events_moved THEN explained.why
        WHEN all_clicks = clicks_moved AND all_events = events_moved THEN all_why
        WHEN explained.why IS NULL THEN 'late events'
        ELSE explained.why || '; late events'
    END AS why
FROM moved
LEFT JOIN explained USING ("table", hour, device_type, device_id)
ORDER BY moved."table", moved.hour, moved.device_type, moved.device_id
