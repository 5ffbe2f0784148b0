-- The files of archived segments, by their place under the archive's folder. A file that stands in
-- no row is litter of an attempt that died: readers never see it.
CREATE TABLE IF NOT EXISTS archive_files (
    path VARCHAR(512) NOT NULL,
    topic VARCHAR(249) NOT NULL,
    kafka_partition INT NOT NULL,
    start_offset BIGINT NOT NULL,
    records BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 CHAR(64) NOT NULL,
    PRIMARY KEY (path),
    KEY by_segment (topic, kafka_partition, start_offset)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
