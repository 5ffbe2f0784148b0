-- Index: PRIMARY.
SELECT document FROM rules_versions WHERE version = %s
