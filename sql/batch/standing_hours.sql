-- Index: by_run (run, id); restatements by_run (run, hour). Hours in which something of a run stands.
SELECT hour FROM corrections WHERE run = %(run)s AND undone_by IS NULL
UNION
SELECT hour FROM restatements WHERE run = %(run)s AND undone_by IS NULL
ORDER BY hour
