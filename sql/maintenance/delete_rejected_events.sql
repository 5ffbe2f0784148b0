-- Index: by_hour_reason (hour, …). Some at a time.
DELETE FROM rejected_events WHERE hour < %(before)s LIMIT 5000
