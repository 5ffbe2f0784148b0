-- Index: (started_at), read backwards; none takes a day. What was carried out since a moment.
SELECT token, action, asked_by FROM operations
WHERE started_at > %(asked_at)s - INTERVAL 1 DAY AND ended_at > %(asked_at)s
  AND state IN ('done', 'failed', 'rolled_back') AND token <> %(token)s
ORDER BY started_at DESC LIMIT 1
