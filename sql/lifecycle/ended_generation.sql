-- Index: PK. A driver that has ended, and had time to close its files; nothing for one that may live.
-- One that was killed left no word: then it is of an epoch that may not write any more.
SELECT generations.generation, generations.epoch, generations.release_name,
  generations.code_fingerprint, generations.rules_version, generations.start_offsets,
  generations.started_at, generations.ended_at, generations.exit_code, generations.end_reason
FROM stream_generations AS generations
JOIN stream_fence AS fence ON fence.id = 1
WHERE generations.generation = %s
  AND (generations.ended_at < UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE
       OR (generations.ended_at IS NULL AND generations.epoch < fence.epoch))
