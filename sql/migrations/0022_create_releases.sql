-- What can be deployed: one row per release, a folder with the program as it was when it was made.
-- It can run on a database whose newest migration is schema_min to schema_max: migrations only add,
-- so that without schema_max any later schema will do.
CREATE TABLE IF NOT EXISTS releases (
    release_name VARCHAR(128) NOT NULL,
    folder VARCHAR(1024) NOT NULL,
    python VARCHAR(1024) NOT NULL,
    code_fingerprint CHAR(64) NOT NULL,
    content_fingerprint CHAR(64) NOT NULL,
    spark_version VARCHAR(32) NOT NULL,
    contract_version INT NOT NULL,
    schema_min INT NOT NULL,
    schema_max INT NULL,
    created_at DATETIME(3) NOT NULL,
    created_by VARCHAR(128) NOT NULL,
    first_deployed_at DATETIME(3) NULL,
    last_deployed_at DATETIME(3) NULL,
    verdict VARCHAR(16) NOT NULL DEFAULT 'new',
    verdict_reason TEXT NULL,
    PRIMARY KEY (release_name),
    CONSTRAINT releases_verdict CHECK (verdict IN ('new', 'good', 'bad'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
