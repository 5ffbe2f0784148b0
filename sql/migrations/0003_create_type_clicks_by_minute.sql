-- Sums of clicks_by_minute per type, kept in the same transaction; devices counts its rows.
CREATE TABLE IF NOT EXISTS type_clicks_by_minute (
    minute DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    PRIMARY KEY (minute, device_type)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
