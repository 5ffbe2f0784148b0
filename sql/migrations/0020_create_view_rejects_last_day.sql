-- Rejected records per hour of arrival and reason, the last 24 hours, the running one included.
-- Index: rejected_counts PRIMARY (hour, reason), rejected_events by_hour_reason.
-- INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW rejects_last_day AS
SELECT
    rejected_counts.hour,
    rejected_counts.reason,
    rejected_counts.rejected,
    (
        SELECT COUNT(*) FROM rejected_events
        WHERE rejected_events.hour = rejected_counts.hour
            AND rejected_events.reason = rejected_counts.reason
    ) AS samples
FROM rejected_counts
WHERE rejected_counts.hour > UTC_TIMESTAMP() - INTERVAL 24 HOUR;
