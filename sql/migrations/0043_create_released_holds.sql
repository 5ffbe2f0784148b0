-- Every hold that was ended: what it was, and whose word ended it.
CREATE TABLE IF NOT EXISTS released_holds (
    hour DATETIME NOT NULL,
    held_at DATETIME(3) NOT NULL,
    run CHAR(36) NOT NULL,
    hold_reason VARCHAR(1024) NOT NULL,
    released_at DATETIME(3) NOT NULL,
    released_by VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    PRIMARY KEY (hour, released_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
