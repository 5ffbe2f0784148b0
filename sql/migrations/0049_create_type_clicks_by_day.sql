-- Built together with clicks_by_day; devices is the exact number of different devices of the day.
CREATE TABLE IF NOT EXISTS type_clicks_by_day (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    PRIMARY KEY (time_zone, day, device_type)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
