-- Index: PRIMARY (one row). The first lock of every writer (protocol P1).
SELECT epoch, owner FROM stream_fence WHERE id = 1 FOR UPDATE
