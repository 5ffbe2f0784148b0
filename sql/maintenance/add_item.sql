INSERT INTO maintenance_items (run, number, kind, name, detail, amount, listed_at, listed_by)
VALUES (%s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3), %s)
