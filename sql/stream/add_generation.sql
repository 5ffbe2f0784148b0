INSERT INTO stream_generations
  (generation, epoch, release_name, code_fingerprint, rules_version, start_offsets, started_at)
VALUES (%s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3))
