-- One row per trouble of the stream, from the first look that saw it to the first that did not.
-- by_ended finds the one that is open.
CREATE TABLE IF NOT EXISTS incidents (
    id BIGINT NOT NULL AUTO_INCREMENT,
    verdict VARCHAR(16) NOT NULL,
    detail TEXT NOT NULL,
    next_step TEXT NOT NULL,
    opened_at DATETIME(3) NOT NULL,
    last_seen_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    restarts INT NOT NULL DEFAULT 0,
    last_restart_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY by_ended (ended_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
