-- Index: (applied_at). What an epoch has rejected, beside the epochs of the ten minutes before it.
SELECT epoch >= %(epoch)s AS is_new, SUM(records_read) AS records_read, SUM(rejected) AS rejected,
  MIN(rules_version) AS first_rules, MAX(rules_version) AS last_rules
FROM stream_batches
WHERE applied_at >= %(since)s - INTERVAL 10 MINUTE AND epoch <= %(epoch)s
GROUP BY is_new
