-- How far each partition is archived: below next_offset every offset lies in an archived segment.
-- Its row is the lock under which segments are claimed and listed (protocol P5).
CREATE TABLE IF NOT EXISTS archive_positions (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    topic_id CHAR(36) NOT NULL,
    origin_offset BIGINT NOT NULL,
    next_offset BIGINT NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (topic, kafka_partition),
    CONSTRAINT archive_positions_forward CHECK (origin_offset >= 0 AND next_offset >= origin_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
