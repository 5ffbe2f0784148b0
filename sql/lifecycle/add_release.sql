INSERT INTO releases (release_name, folder, python, code_fingerprint, content_fingerprint,
  spark_version, contract_version, schema_min, schema_max, created_at, created_by)
VALUES (%(name)s, %(folder)s, %(python)s, %(code_fingerprint)s, %(content_fingerprint)s,
  %(spark_version)s, %(contract_version)s, %(schema_min)s, %(schema_max)s, UTC_TIMESTAMP(3), %(by)s)
ON DUPLICATE KEY UPDATE folder = %(folder)s, python = %(python)s
