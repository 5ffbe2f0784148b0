-- Index: by_hour_reason (hour, …).
SELECT COUNT(*) AS amount FROM rejected_events WHERE hour < %(before)s
