-- Index: (applied_at); rules by their key. The rules that the newest range was judged by.
SELECT newest.rules_version, rules.document
FROM (SELECT rules_version FROM stream_batches ORDER BY applied_at DESC LIMIT 1) AS newest
JOIN rules_versions AS rules ON rules.version = newest.rules_version
