-- The ledger: per topic partition the next offset to be applied, and what the last applied
-- record was, so that a log that was cut and refilled is recognised.
CREATE TABLE IF NOT EXISTS stream_offsets (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    topic_id CHAR(36) NOT NULL,
    origin_offset BIGINT NOT NULL,
    next_offset BIGINT NOT NULL,
    last_offset BIGINT NULL,
    last_leader_epoch INT NULL,
    last_timestamp_ms BIGINT NULL,
    last_digest BINARY(32) NULL,
    epoch BIGINT NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (topic, kafka_partition),
    CONSTRAINT stream_offsets_forward CHECK (origin_offset >= 0 AND next_offset >= origin_offset),
    CONSTRAINT stream_offsets_last CHECK (last_offset < next_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
