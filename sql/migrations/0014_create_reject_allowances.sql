-- An operator's word that a named range may pass the reject limit. The token makes it one act,
-- however often it is sent.
CREATE TABLE IF NOT EXISTS reject_allowances (
    token VARCHAR(64) NOT NULL,
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    allowed_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (token, topic, kafka_partition),
    CONSTRAINT reject_allowances_forward CHECK (end_offset > start_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
