-- The ledger's history: one row per applied range and partition, never changed afterwards.
-- by_applied_at finds the newest ranges of all partitions.
CREATE TABLE IF NOT EXISTS stream_batches (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    generation CHAR(36) NOT NULL,
    batch_id BIGINT NOT NULL,
    records_read BIGINT NOT NULL,
    holes BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    event_time_min_ms BIGINT NULL,
    event_time_max_ms BIGINT NULL,
    kafka_time_min_ms BIGINT NULL,
    kafka_time_max_ms BIGINT NULL,
    rules_version INT NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    code_fingerprint CHAR(64) NOT NULL,
    applied_at DATETIME(3) NOT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset),
    KEY by_applied_at (applied_at),
    CONSTRAINT stream_batches_forward CHECK (start_offset >= 0 AND end_offset > start_offset),
    CONSTRAINT stream_batches_length CHECK (records_read + holes = end_offset - start_offset),
    CONSTRAINT stream_batches_judged CHECK (accepted + rejected = records_read),
    CONSTRAINT stream_batches_counts CHECK (
        holes >= 0 AND accepted >= 0 AND rejected >= 0 AND clicks >= 0
        AND (accepted > 0 OR clicks = 0)
    ),
    CONSTRAINT stream_batches_times CHECK (
        event_time_min_ms <= event_time_max_ms AND kafka_time_min_ms <= kafka_time_max_ms
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
