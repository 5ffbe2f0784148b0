-- Which hours of event time a segment holds, for the same rules and transforms as its summary: a
-- recount of an hour reads only the segments that hold it.
CREATE TABLE IF NOT EXISTS archive_hours (
    hour DATETIME NOT NULL,
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    rules_version INT NOT NULL,
    transforms_fingerprint CHAR(64) NOT NULL,
    events BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    PRIMARY KEY (hour, topic, kafka_partition, start_offset, rules_version, transforms_fingerprint),
    CONSTRAINT archive_hours_counts CHECK (events > 0 AND clicks >= 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
