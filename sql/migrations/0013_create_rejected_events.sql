-- Samples of rejected records, capped per reason and hour. raw holds at most the first 1,026
-- bytes (the longest value that can be valid, and its line end); true_length is the whole length.
CREATE TABLE IF NOT EXISTS rejected_events (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    kafka_offset BIGINT NOT NULL,
    reason VARCHAR(32) NOT NULL,
    raw VARBINARY(1026) NULL,
    true_length INT NULL,
    arrived_at DATETIME(3) NOT NULL,
    hour DATETIME NOT NULL,
    PRIMARY KEY (topic, kafka_partition, kafka_offset),
    KEY by_hour_reason (hour, reason)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
