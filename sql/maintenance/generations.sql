-- Reads stream_generations. may_live: of the epoch that may write, and not known to have ended.
SELECT generations.generation, COALESCE(generations.ended_at, generations.started_at) AS last_at,
    generations.ended_at IS NULL AND generations.epoch >= fence.epoch AS may_live
FROM stream_generations AS generations
JOIN stream_fence AS fence ON fence.id = 1
