-- Index: by_hour (hour, run): a run of it per hour. The newest comes last.
SELECT hour, rules_version, cut, release_name, code_fingerprint
FROM restatements WHERE hour IN ({hours}) AND undone_by IS NULL ORDER BY id
