-- What is measured of the events of each reconciled hour, from the archive below the mark's cut.
-- duplicates are surplus copies: the same bytes at another offset. The other columns part events by
-- how late they were, Kafka timestamp minus event time.
CREATE TABLE IF NOT EXISTS event_measures_by_hour (
    hour DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    events BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    up_to_1_minute BIGINT NOT NULL,
    up_to_10_minutes BIGINT NOT NULL,
    up_to_1_hour BIGINT NOT NULL,
    up_to_1_day BIGINT NOT NULL,
    later BIGINT NOT NULL,
    PRIMARY KEY (hour, device_type),
    CONSTRAINT event_measures_by_hour_duplicates CHECK (duplicates >= 0 AND duplicates < events),
    CONSTRAINT event_measures_by_hour_late CHECK (
        up_to_1_minute + up_to_10_minutes + up_to_1_hour + up_to_1_day + later = events
    )
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
