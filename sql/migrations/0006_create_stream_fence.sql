-- One row. Who may write: a writer whose epoch and owner are not these cannot commit.
CREATE TABLE IF NOT EXISTS stream_fence (
    id TINYINT NOT NULL,
    epoch BIGINT NOT NULL,
    owner CHAR(36) NOT NULL,
    taken_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    CONSTRAINT stream_fence_one_row CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
