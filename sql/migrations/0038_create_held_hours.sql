-- Hours that must not be published until a person has decided: nobody knows why they differ, or a
-- correction was taken back.
CREATE TABLE IF NOT EXISTS held_hours (
    hour DATETIME NOT NULL,
    run CHAR(36) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    held_at DATETIME(3) NOT NULL,
    PRIMARY KEY (hour)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
