-- A segment is an offset range of one partition that is kept as raw records. It is claimed before a
-- file is written; whoever comes next finishes the claim. It covers whole ranges of stream_batches
-- that were judged by one version of the rules.
CREATE TABLE IF NOT EXISTS archive_segments (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    rules_version INT NOT NULL,
    state VARCHAR(16) NOT NULL DEFAULT 'claimed',
    claimed_at DATETIME(3) NOT NULL,
    archived_at DATETIME(3) NULL,
    records BIGINT NULL,
    holes BIGINT NULL,
    bytes BIGINT NULL,
    kafka_time_min_ms BIGINT NULL,
    kafka_time_max_ms BIGINT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset),
    CONSTRAINT archive_segments_forward CHECK (start_offset >= 0 AND end_offset > start_offset),
    CONSTRAINT archive_segments_state CHECK (state IN ('claimed', 'archived')),
    CONSTRAINT archive_segments_length CHECK (records + holes = end_offset - start_offset),
    CONSTRAINT archive_segments_times CHECK (kafka_time_min_ms <= kafka_time_max_ms)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
