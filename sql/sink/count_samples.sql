-- Index: (hour, reason).
SELECT COUNT(*) AS samples FROM rejected_events
WHERE hour = %s AND reason = %s
