-- A signed, reversible change to one minute row, with what was there before and after. Where
-- moves_books is 1 the figures leave what the ledger had booked (the ledger was wrong, or other
-- rules hold now); where it is 0 they come back to it (the row had been changed by hand).
CREATE TABLE IF NOT EXISTS corrections (
    id BIGINT NOT NULL AUTO_INCREMENT,
    run CHAR(36) NOT NULL,
    hour DATETIME NOT NULL,
    minute DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    device_id VARCHAR(64) NOT NULL,
    cause VARCHAR(32) NOT NULL,
    moves_books TINYINT NOT NULL,
    clicks_before BIGINT NOT NULL,
    events_before BIGINT NOT NULL,
    clicks_delta BIGINT NOT NULL,
    events_delta BIGINT NOT NULL,
    clicks_after BIGINT NOT NULL,
    events_after BIGINT NOT NULL,
    applied_at DATETIME(3) NOT NULL,
    undone_by CHAR(36) NULL,
    PRIMARY KEY (id),
    KEY by_run (run, id),
    KEY by_key (minute, device_type, device_id, id),
    CONSTRAINT corrections_sums CHECK (
        clicks_before + clicks_delta = clicks_after AND events_before + events_delta = events_after
    ),
    CONSTRAINT corrections_after CHECK (
        clicks_after >= 0 AND events_after >= 0 AND (events_after > 0 OR clicks_after = 0)
    ),
    CONSTRAINT corrections_something CHECK (clicks_delta <> 0 OR events_delta <> 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
