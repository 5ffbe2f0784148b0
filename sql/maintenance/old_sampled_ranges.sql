-- Reads sampled_ranges. Those that were wrong stay.
SELECT COUNT(*) AS amount FROM sampled_ranges
WHERE counted_at < %(before)s AND differences IS NULL
