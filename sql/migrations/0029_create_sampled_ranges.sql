-- Applied ranges that were counted again by the plain-Python oracle, after takeovers and by watching.
-- by_epoch finds the newest of an epoch, and those of it that were counted wrongly.
CREATE TABLE IF NOT EXISTS sampled_ranges (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    records BIGINT NOT NULL,
    differences TEXT NULL,
    applied_at DATETIME(3) NOT NULL,
    counted_at DATETIME(3) NOT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset),
    KEY by_epoch (epoch, applied_at),
    CONSTRAINT sampled_ranges_forward CHECK (end_offset > start_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
