-- A stream that has never run, and is wanted to.
INSERT IGNORE INTO stream_state (id) VALUES (1);
