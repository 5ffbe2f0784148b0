-- Both places, empty.
INSERT IGNORE INTO stream_slots (slot) VALUES ('a'), ('b');
