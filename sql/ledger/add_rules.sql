-- The derived table lets MySQL read the table that it inserts into.
INSERT INTO rules_versions (version, digest, document, first_used_at)
SELECT newest.version + 1, %s, %s, UTC_TIMESTAMP(3)
FROM (SELECT COALESCE(MAX(version), 0) AS version FROM rules_versions) AS newest
