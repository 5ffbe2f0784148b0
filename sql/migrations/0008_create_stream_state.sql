-- One row. What the operator wants of the stream and what its driver last said of itself.
-- Apart from stream_fence on purpose: a heartbeat never waits for a batch's transaction.
CREATE TABLE IF NOT EXISTS stream_state (
    id TINYINT NOT NULL,
    desired_state VARCHAR(16) NOT NULL DEFAULT 'running',
    desired_by VARCHAR(128) NULL,
    desired_reason VARCHAR(1024) NULL,
    desired_at DATETIME(3) NULL,
    state VARCHAR(16) NOT NULL DEFAULT 'down',
    epoch BIGINT NULL,
    generation CHAR(36) NULL,
    release_name VARCHAR(128) NULL,
    host VARCHAR(255) NULL,
    pid INT NULL,
    started_at DATETIME(3) NULL,
    heartbeat_at DATETIME(3) NULL,
    last_commit_at DATETIME(3) NULL,
    lag_events BIGINT NULL,
    progress LONGTEXT NULL,
    halt_exit_code INT NULL,
    halt_reason TEXT NULL,
    PRIMARY KEY (id),
    CONSTRAINT stream_state_one_row CHECK (id = 1),
    CONSTRAINT stream_state_desired CHECK (desired_state IN ('running', 'drained')),
    CONSTRAINT stream_state_known CHECK (
        state IN ('starting', 'running', 'draining', 'drained', 'halted', 'down')
    ),
    CONSTRAINT stream_state_progress CHECK (JSON_VALID(progress))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
