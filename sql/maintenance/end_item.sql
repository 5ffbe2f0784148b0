-- Index: PRIMARY (run, number).
UPDATE maintenance_items SET outcome = %s, why = %s, ended_at = UTC_TIMESTAMP(3)
WHERE run = %s AND number = %s
