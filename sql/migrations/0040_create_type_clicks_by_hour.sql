-- Built for reconciled hours together with clicks_by_hour; devices is the exact number of different
-- devices of the hour.
CREATE TABLE IF NOT EXISTS type_clicks_by_hour (
    hour DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    PRIMARY KEY (hour, device_type)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
