-- Segments whose raw records are gone, accepted as lost by a person: Kafka dropped them before they
-- were archived, or their files cannot be restored. Their figures stay as the stream counted them.
CREATE TABLE IF NOT EXISTS archive_losses (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    records BIGINT NOT NULL,
    accepted_at DATETIME(3) NOT NULL,
    accepted_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset),
    CONSTRAINT archive_losses_forward CHECK (start_offset >= 0 AND end_offset > start_offset),
    CONSTRAINT archive_losses_records CHECK (records > 0 AND records <= end_offset - start_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
