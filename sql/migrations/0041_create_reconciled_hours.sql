-- The newest mark of each hour: by which run, at which cut, from how many minute rows. An hour is
-- served from its hour rows only while hours.state says reconciled or sealed.
CREATE TABLE IF NOT EXISTS reconciled_hours (
    hour DATETIME NOT NULL,
    run CHAR(36) NOT NULL,
    version BIGINT NOT NULL,
    cut LONGTEXT NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    reconciled_at DATETIME(3) NOT NULL,
    PRIMARY KEY (hour),
    CONSTRAINT reconciled_hours_cut CHECK (JSON_VALID(cut))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
