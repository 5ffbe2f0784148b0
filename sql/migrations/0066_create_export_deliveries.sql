-- One delivery a version and target, ever: the row is written before anything is sent.
CREATE TABLE IF NOT EXISTS export_deliveries (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    version INT NOT NULL,
    target VARCHAR(255) NOT NULL,
    claimed_at DATETIME(3) NOT NULL,
    delivered_at DATETIME(3) NULL,
    PRIMARY KEY (time_zone, day, version, target)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
