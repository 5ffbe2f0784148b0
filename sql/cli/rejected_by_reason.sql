-- Index: rejected_counts PRIMARY (hour, reason): one range read; rejected_events by_hour_reason.
-- Rejected records by reason in the hours of arrival from %(since)s on, the most frequent first.
SELECT
    rejected_counts.reason,
    SUM(rejected_counts.rejected) AS rejected,
    MIN(rejected_counts.hour) AS first_hour,
    MAX(rejected_counts.hour) AS last_hour,
    (
        SELECT COUNT(*) FROM rejected_events
        WHERE rejected_events.hour >= %(since)s
            AND rejected_events.reason = rejected_counts.reason
    ) AS samples
FROM rejected_counts
WHERE rejected_counts.hour >= %(since)s
GROUP BY rejected_counts.reason
ORDER BY rejected DESC, rejected_counts.reason;
