-- Hours that were recounted under a named version of the rules: their events below the cut are
-- judged by it from then on, not by the version of their range. The newest that stands counts.
CREATE TABLE IF NOT EXISTS restatements (
    id BIGINT NOT NULL AUTO_INCREMENT,
    run CHAR(36) NOT NULL,
    hour DATETIME NOT NULL,
    rules_version INT NOT NULL,
    transforms_fingerprint CHAR(64) NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    code_fingerprint CHAR(64) NOT NULL,
    cut LONGTEXT NOT NULL,
    clicks_before BIGINT NOT NULL,
    events_before BIGINT NOT NULL,
    clicks_after BIGINT NOT NULL,
    events_after BIGINT NOT NULL,
    restated_at DATETIME(3) NOT NULL,
    undone_by CHAR(36) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY by_hour (hour, run),
    KEY by_run (run, hour),
    CONSTRAINT restatements_cut CHECK (JSON_VALID(cut)),
    CONSTRAINT restatements_counts CHECK (
        clicks_before >= 0 AND events_before >= 0 AND clicks_after >= 0 AND events_after >= 0
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
