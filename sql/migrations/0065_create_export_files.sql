-- The files of each published bundle, as its manifest lists them.
CREATE TABLE IF NOT EXISTS export_files (
    time_zone VARCHAR(64) NOT NULL,
    day DATE NOT NULL,
    version INT NOT NULL,
    path VARCHAR(128) NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 CHAR(64) NOT NULL,
    table_rows BIGINT NULL,
    PRIMARY KEY (time_zone, day, version, path)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
