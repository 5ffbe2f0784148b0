-- Index: PRIMARY (hour). The version stays: no figure moves. The owner changes: a reconciliation that
-- is under way is dead from here.
UPDATE hours SET state = 'sealed', owner_run = %(run)s, updated_at = UTC_TIMESTAMP(3)
WHERE hour = %(hour)s AND state = 'reconciled'
