-- The event contract's rules as they were when a version was first used. A version never changes.
CREATE TABLE IF NOT EXISTS rules_versions (
    version INT NOT NULL,
    digest CHAR(64) NOT NULL,
    document LONGTEXT NOT NULL,
    first_used_at DATETIME(3) NOT NULL,
    PRIMARY KEY (version),
    UNIQUE KEY by_digest (digest)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
