-- Index: PRIMARY (run).
UPDATE reconcile_runs SET ended_at = UTC_TIMESTAMP(3), verdict = %s, detail = %s WHERE run = %s
