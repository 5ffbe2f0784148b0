-- The newest build of each day, by the zone that says what a day is: from which versions of its
-- hours, at which cuts. Versions only grow, so as long as hours_version is the sum of the hours'
-- versions, none of them has moved.
CREATE TABLE IF NOT EXISTS built_days (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    starts_at DATETIME NOT NULL,
    ends_at DATETIME NOT NULL,
    run CHAR(36) NOT NULL,
    built_at DATETIME(3) NOT NULL,
    hours LONGTEXT NOT NULL,
    hours_version BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    PRIMARY KEY (time_zone, day),
    CONSTRAINT built_days_forward CHECK (starts_at < ends_at),
    CONSTRAINT built_days_hours CHECK (JSON_VALID(hours))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
