SELECT id, verdict, detail, next_step, opened_at, last_seen_at, ended_at, restarts, last_restart_at
FROM incidents ORDER BY id DESC LIMIT %s
