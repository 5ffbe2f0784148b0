INSERT INTO reconcile_runs
    (run, action, scope, asked_by, reason, dry_run, release_name, code_fingerprint, started_at)
VALUES (%(run)s, %(action)s, %(scope)s, %(asked_by)s, %(reason)s, %(dry_run)s, %(release_name)s,
    %(code_fingerprint)s, UTC_TIMESTAMP(3))
