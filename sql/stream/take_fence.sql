-- Index: PRIMARY (one row). Waits at most for the old writer's transaction or its 10 s.
UPDATE stream_fence SET epoch = epoch + 1, owner = %s, taken_at = UTC_TIMESTAMP(3) WHERE id = 1
