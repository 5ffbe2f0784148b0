-- Free.
INSERT IGNORE INTO operation_lock (id) VALUES (1);
