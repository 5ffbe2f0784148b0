-- Index: (epoch, applied_at). What an epoch has counted wrongly, as far as it is known.
SELECT differences FROM sampled_ranges
WHERE epoch = %s AND differences IS NOT NULL
ORDER BY applied_at LIMIT 3
