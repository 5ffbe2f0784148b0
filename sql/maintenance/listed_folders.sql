-- Index: archive_segments PRIMARY. Reads archive_files. Folders that readers may be in, and the offsets
-- that they hold.
SELECT DISTINCT SUBSTRING(files.path, 1, CHAR_LENGTH(files.path) - LOCATE('/', REVERSE(files.path)))
    AS folder, segments.kafka_partition, segments.start_offset, segments.end_offset
FROM archive_files AS files
JOIN archive_segments AS segments
    ON segments.topic = files.topic AND segments.kafka_partition = files.kafka_partition
    AND segments.start_offset = files.start_offset
WHERE files.topic = %(topic)s
