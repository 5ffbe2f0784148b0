-- One row per run of reconcile, restate or undo: what was asked, under which release, how it ended.
CREATE TABLE IF NOT EXISTS reconcile_runs (
    run CHAR(36) NOT NULL,
    action VARCHAR(16) NOT NULL,
    scope VARCHAR(255) NOT NULL,
    asked_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    dry_run TINYINT NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    code_fingerprint CHAR(64) NOT NULL,
    started_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    verdict VARCHAR(32) NULL,
    detail LONGTEXT NULL,
    PRIMARY KEY (run),
    KEY by_started (started_at),
    CONSTRAINT reconcile_runs_action CHECK (action IN ('reconcile', 'restate', 'undo')),
    CONSTRAINT reconcile_runs_detail CHECK (JSON_VALID(detail))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
