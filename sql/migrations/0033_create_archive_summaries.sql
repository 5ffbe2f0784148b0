-- What a segment counts to under one version of the rules and one form of the transforms: the
-- evidence that its ranges were counted rightly, and the key to archive_hours.
CREATE TABLE IF NOT EXISTS archive_summaries (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    rules_version INT NOT NULL,
    transforms_fingerprint CHAR(64) NOT NULL,
    accepted BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    event_time_min_ms BIGINT NULL,
    event_time_max_ms BIGINT NULL,
    counted_at DATETIME(3) NOT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset, rules_version, transforms_fingerprint),
    CONSTRAINT archive_summaries_times CHECK (event_time_min_ms <= event_time_max_ms)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
