-- Rejected records per hour of arrival (the record's Kafka timestamp, UTC) and reason.
CREATE TABLE IF NOT EXISTS rejected_counts (
    hour DATETIME NOT NULL,
    reason VARCHAR(32) NOT NULL,
    rejected BIGINT NOT NULL,
    PRIMARY KEY (hour, reason)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
