-- Index: (applied_at). What an epoch has rejected, beside the epochs of the ten minutes before it.
-- A range that holds records an operator lets be rejected says nothing of either.
SELECT epoch >= %(epoch)s AS is_new, SUM(records_read) AS records_read, SUM(rejected) AS rejected,
  MIN(rules_version) AS first_rules, MAX(rules_version) AS last_rules
FROM stream_batches AS b
WHERE applied_at >= %(since)s - INTERVAL 10 MINUTE AND epoch <= %(epoch)s
  AND NOT EXISTS (
    SELECT 1 FROM reject_allowances AS a
    WHERE a.topic = b.topic AND a.kafka_partition = b.kafka_partition
      AND a.start_offset < b.end_offset AND b.start_offset < a.end_offset
  )
GROUP BY is_new
