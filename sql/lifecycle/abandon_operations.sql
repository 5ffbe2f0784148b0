-- Whose actor is gone and whose lock has passed to another operation.
UPDATE operations
SET state = 'abandoned', result = %(result)s, ended_at = UTC_TIMESTAMP(3)
WHERE state = 'running' AND token <> %(token)s
