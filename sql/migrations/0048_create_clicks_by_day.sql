-- Built for days whose hours are all reconciled, by the time zone that says what a day is.
CREATE TABLE IF NOT EXISTS clicks_by_day (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    device_id VARCHAR(64) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (time_zone, day, device_type, device_id),
    KEY by_device (device_id, device_type, time_zone, day)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
