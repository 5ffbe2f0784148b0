-- Index: (started_at), read backwards. What was under way at a moment: one at a time ever is.
SELECT token, action, asked_by, reason FROM operations
WHERE started_at <= %(at)s AND COALESCE(ended_at, %(at)s) >= %(at)s
ORDER BY started_at DESC LIMIT 1
