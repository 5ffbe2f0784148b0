-- One row per hour of event time (UTC). Whoever writes into an hour bumps its version under the
-- row's lock; owner_run is the batch run that may correct it.
CREATE TABLE IF NOT EXISTS hours (
    hour DATETIME NOT NULL,
    state VARCHAR(16) NOT NULL DEFAULT 'open',
    version BIGINT NOT NULL DEFAULT 0,
    owner_run CHAR(36) NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (hour),
    CONSTRAINT hours_state CHECK (
        state IN ('open', 'provisional', 'reconciled', 'reopened', 'sealed')
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
