-- Offsets that Kafka lost before they were read, and that a person has accepted as lost. In
-- stream_batches such a range holds nothing but holes. closed_at: its records were brought back; what
-- they count to stands here, never in stream_batches. They arrived between the two times.
CREATE TABLE IF NOT EXISTS ledger_gaps (
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    rules_version INT NOT NULL,
    arrived_after_ms BIGINT NULL,
    arrived_before_ms BIGINT NOT NULL,
    accepted_at DATETIME(3) NOT NULL,
    accepted_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    closed_at DATETIME(3) NULL,
    closed_by VARCHAR(128) NULL,
    closed_reason VARCHAR(1024) NULL,
    source VARCHAR(1024) NULL,
    records BIGINT NULL,
    accepted BIGINT NULL,
    rejected BIGINT NULL,
    clicks BIGINT NULL,
    PRIMARY KEY (topic, kafka_partition, start_offset),
    CONSTRAINT ledger_gaps_forward CHECK (start_offset >= 0 AND end_offset > start_offset),
    CONSTRAINT ledger_gaps_records CHECK (records <= end_offset - start_offset),
    CONSTRAINT ledger_gaps_judged CHECK (accepted + rejected = records)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
