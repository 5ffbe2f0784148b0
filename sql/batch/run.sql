-- Index: PRIMARY (run).
SELECT run, action, scope, asked_by, reason, dry_run, release_name, started_at, ended_at, verdict
FROM reconcile_runs WHERE run LIKE CONCAT(%s, '%%') LIMIT 2
