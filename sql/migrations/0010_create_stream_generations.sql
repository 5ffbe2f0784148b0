-- One row per Spark checkpoint directory, which is one per driver process: where it began and why
-- it ended.
CREATE TABLE IF NOT EXISTS stream_generations (
    generation CHAR(36) NOT NULL,
    epoch BIGINT NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    code_fingerprint CHAR(64) NOT NULL,
    rules_version INT NOT NULL,
    start_offsets LONGTEXT NOT NULL,
    started_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    exit_code INT NULL,
    end_reason TEXT NULL,
    PRIMARY KEY (generation),
    CONSTRAINT stream_generations_offsets CHECK (JSON_VALID(start_offsets))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
