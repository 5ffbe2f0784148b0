-- Index: PRIMARY (run, number).
SELECT number, kind, name, detail, amount, outcome, why FROM maintenance_items
WHERE run = %s ORDER BY number
