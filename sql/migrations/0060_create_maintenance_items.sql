-- What maintenance wants to delete, listed before anything is deleted, and what became of it.
CREATE TABLE IF NOT EXISTS maintenance_items (
    run CHAR(36) NOT NULL,
    number INT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(512) NOT NULL,
    detail VARCHAR(1024) NOT NULL,
    amount BIGINT NOT NULL,
    listed_at DATETIME(3) NOT NULL,
    listed_by VARCHAR(128) NOT NULL,
    outcome VARCHAR(16) NULL,
    why VARCHAR(1024) NULL,
    ended_at DATETIME(3) NULL,
    PRIMARY KEY (run, number),
    KEY by_listed (listed_at),
    CONSTRAINT maintenance_items_kind CHECK (kind IN (
        'minutes', 'archive', 'litter', 'ranges', 'samples', 'checkpoints', 'releases', 'logs'
    )),
    CONSTRAINT maintenance_items_outcome CHECK (outcome IN ('deleted', 'kept'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
