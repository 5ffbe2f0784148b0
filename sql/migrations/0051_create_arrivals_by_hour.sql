-- All records by the hour of their arrival (Kafka timestamp), what became of them, and the device
-- type where one can be told ('' where not): counted from the archive when the hour was marked.
-- verdict is 'accepted' or the reason of the rejection.
CREATE TABLE IF NOT EXISTS arrivals_by_hour (
    hour DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    verdict VARCHAR(32) NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (hour, device_type, verdict),
    CONSTRAINT arrivals_by_hour_records CHECK (records > 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
