-- Every bundle that was published: a version of a day of a time zone. made_of says by hour the
-- version and cut that it was made of and the newest correction in it; hours_version is the sum of
-- the versions that was last found to hold the same figures.
CREATE TABLE IF NOT EXISTS exports (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    version INT NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    folder VARCHAR(512) NOT NULL,
    manifest_sha256 CHAR(64) NOT NULL,
    figures_sha256 CHAR(64) NOT NULL,
    made_of LONGTEXT NOT NULL,
    hours_version BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    moved_rows BIGINT NULL,
    run CHAR(36) NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    asked_by VARCHAR(128) NOT NULL,
    read_at DATETIME(3) NOT NULL,
    published_at DATETIME(3) NOT NULL,
    PRIMARY KEY (time_zone, day, version),
    CONSTRAINT exports_made_of CHECK (JSON_VALID(made_of)),
    CONSTRAINT exports_state CHECK (state IN ('provisional', 'final', 'restated')),
    CONSTRAINT exports_version CHECK (version > 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
