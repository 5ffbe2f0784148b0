-- Index: (ended_at).
SELECT id, verdict, detail, next_step, opened_at, last_seen_at, restarts, last_restart_at
FROM incidents WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1
