-- The fence before its first writer.
INSERT IGNORE INTO stream_fence (id, epoch, owner, taken_at) VALUES (1, 0, '', NULL);
