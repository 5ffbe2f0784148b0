-- Index: UNIQUE (digest).
SELECT version FROM rules_versions WHERE digest = %s
