-- Newest first; a handful of rows.
SELECT release_name, folder, python, code_fingerprint, content_fingerprint, spark_version,
  contract_version, schema_min, schema_max, created_at, created_by, first_deployed_at,
  last_deployed_at, verdict, verdict_reason
FROM releases ORDER BY created_at DESC, release_name
