-- Every act of the lifecycle, written before it is done: after any crash the next actor knows what
-- was under way. The token makes one act of it, whoever asks and however often.
-- by_started finds the newest.
CREATE TABLE IF NOT EXISTS operations (
    token VARCHAR(64) NOT NULL,
    action VARCHAR(16) NOT NULL,
    asked_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    from_release VARCHAR(128) NULL,
    to_release VARCHAR(128) NULL,
    plan LONGTEXT NOT NULL,
    stage VARCHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    result LONGTEXT NULL,
    started_at DATETIME(3) NOT NULL,
    stage_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    PRIMARY KEY (token),
    KEY by_started (started_at),
    CONSTRAINT operations_state CHECK (
        state IN ('running', 'done', 'refused', 'failed', 'rolled_back', 'abandoned')
    ),
    CONSTRAINT operations_json CHECK (JSON_VALID(plan) AND JSON_VALID(result))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
