-- One row each time the quality of a built day was judged: which build it was (day_run,
-- hours_version), so that a judgement counts only as long as that build stands.
CREATE TABLE IF NOT EXISTS day_judgements (
    id BIGINT NOT NULL AUTO_INCREMENT,
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    day_run CHAR(36) NOT NULL,
    hours_version BIGINT NOT NULL,
    verdict VARCHAR(16) NOT NULL,
    asked_by VARCHAR(128) NOT NULL,
    release_name VARCHAR(128) NOT NULL,
    judged_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY by_day (time_zone, day, id),
    CONSTRAINT day_judgements_verdict CHECK (verdict IN ('passed', 'warned', 'failed'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
