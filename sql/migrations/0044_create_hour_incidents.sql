-- One row per trouble of an hour that nobody can explain, from the run that found it to the release
-- of the hold. Apart from incidents, which belong to the stream's watch: it ends them by itself.
CREATE TABLE IF NOT EXISTS hour_incidents (
    id BIGINT NOT NULL AUTO_INCREMENT,
    hour DATETIME NOT NULL,
    run CHAR(36) NOT NULL,
    cause VARCHAR(32) NOT NULL,
    detail TEXT NOT NULL,
    next_step TEXT NOT NULL,
    opened_at DATETIME(3) NOT NULL,
    last_seen_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY by_hour (hour, ended_at),
    KEY by_ended (ended_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
