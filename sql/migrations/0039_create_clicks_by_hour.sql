-- Built for reconciled hours, from their minute rows. The key that begins with the device serves
-- the question when a device was seen.
CREATE TABLE IF NOT EXISTS clicks_by_hour (
    hour DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    device_id VARCHAR(64) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    first_minute DATETIME NOT NULL,
    last_minute DATETIME NOT NULL,
    PRIMARY KEY (hour, device_type, device_id),
    KEY by_device (device_id, device_type, hour)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
