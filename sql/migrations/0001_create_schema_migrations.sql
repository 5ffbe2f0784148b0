-- Which of these files this database has had; written by clickledger.mysql.migrations.
CREATE TABLE IF NOT EXISTS schema_migrations (
    number INT NOT NULL,
    name VARCHAR(128) NOT NULL,
    checksum CHAR(64) NOT NULL,
    applied_at DATETIME(3) NOT NULL,
    PRIMARY KEY (number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
