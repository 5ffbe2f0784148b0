-- Index: PRIMARY (hour, reason).
INSERT INTO rejected_counts (hour, reason, rejected) VALUES {rows}
ON DUPLICATE KEY UPDATE rejected = rejected + VALUES(rejected)
