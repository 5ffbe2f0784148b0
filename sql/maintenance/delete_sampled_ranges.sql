-- Reads sampled_ranges. Some at a time.
DELETE FROM sampled_ranges WHERE counted_at < %(before)s AND differences IS NULL LIMIT 5000
