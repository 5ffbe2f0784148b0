-- What a run found in each hour: the cut, three counts, the differences, the verdict. The verdicts:
-- identical, corrected, differs, archive_incomplete, moved, overtaken.
CREATE TABLE IF NOT EXISTS reconcile_results (
    run CHAR(36) NOT NULL,
    hour DATETIME NOT NULL,
    verdict VARCHAR(32) NOT NULL,
    cause VARCHAR(32) NULL,
    cut LONGTEXT NOT NULL,
    settled LONGTEXT NOT NULL,
    segments INT NOT NULL,
    rows_compared BIGINT NOT NULL,
    rows_identical BIGINT NOT NULL,
    rows_modified BIGINT NOT NULL,
    rows_missing BIGINT NOT NULL,
    rows_surplus BIGINT NOT NULL,
    stream_clicks BIGINT NOT NULL,
    stream_events BIGINT NOT NULL,
    recount_clicks BIGINT NOT NULL,
    recount_events BIGINT NOT NULL,
    audit_clicks BIGINT NOT NULL,
    audit_events BIGINT NOT NULL,
    releases LONGTEXT NOT NULL,
    detail TEXT NULL,
    ended_at DATETIME(3) NOT NULL,
    PRIMARY KEY (run, hour),
    KEY by_hour (hour, ended_at),
    CONSTRAINT reconcile_results_json CHECK (
        JSON_VALID(cut) AND JSON_VALID(settled) AND JSON_VALID(releases)
    ),
    CONSTRAINT reconcile_results_rows CHECK (
        rows_identical + rows_modified + rows_missing + rows_surplus = rows_compared
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
