-- One row: which operation is under way, and until when its actor has promised to say so again.
-- A row and not GET_LOCK, which dies with its session: a task that is retried must find its own.
CREATE TABLE IF NOT EXISTS operation_lock (
    id TINYINT NOT NULL,
    token VARCHAR(64) NULL,
    holder CHAR(36) NULL,
    expires_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    CONSTRAINT operation_lock_one_row CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
