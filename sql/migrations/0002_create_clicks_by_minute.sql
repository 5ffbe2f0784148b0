-- The panes: one row per minute (UTC) and device. Every other count is a sum over these.
-- No CHECK here: this is the hot table, and the ledger audit looks at every row.
CREATE TABLE IF NOT EXISTS clicks_by_minute (
    minute DATETIME NOT NULL,
    device_type VARCHAR(32) NOT NULL,
    device_id VARCHAR(64) NOT NULL,
    clicks BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (minute, device_type, device_id),
    KEY by_device (device_id, minute)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
