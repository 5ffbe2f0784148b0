-- Reads all of hours.
SELECT hour, state, version, owner_run, COUNT(*) OVER () AS violations
FROM hours
WHERE state NOT IN ('open', 'provisional', 'reconciled', 'reopened', 'sealed')
    OR version < 0 OR MINUTE(hour) <> 0 OR SECOND(hour) <> 0
ORDER BY hour
LIMIT 20;
