-- Index: PRIMARY (id).
UPDATE corrections SET undone_by = %s WHERE id = %s AND undone_by IS NULL
