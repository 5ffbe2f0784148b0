-- Index: by_run (run, hour).
UPDATE restatements SET undone_by = %s WHERE run = %s AND hour IN ({hours}) AND undone_by IS NULL
