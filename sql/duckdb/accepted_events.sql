-- Accepted events of $hours_ms, one row each: the event contract once more, in DuckDB's SQL, straight
-- from the raw files. Shares no code with the Spark transforms. Tests hold it against the table of
-- examples too. $files are Parquet files of the archive; the limits are those of one version of the
-- rules.
WITH raw AS (
    SELECT epoch_ms("timestamp") AS kafka_time_ms, value, try(decode(value)) AS whole
    FROM read_parquet($files)
    WHERE "offset" >= list_extract($starts, list_position($partitions, "partition"))
        AND "offset" < list_extract($ends, list_position($partitions, "partition"))
), bodies AS (
    SELECT kafka_time_ms, value,
        CASE
            WHEN ends_with(whole, chr(13) || chr(10)) THEN left(whole, -2)
            WHEN ends_with(whole, chr(10)) OR ends_with(whole, chr(13)) THEN left(whole, -1)
            ELSE whole
        END AS body
    FROM raw
    WHERE whole IS NOT NULL
), fields AS (
    SELECT kafka_time_ms, value, string_split(body, '|') AS field
    FROM bodies
    WHERE strlen(body) <= $max_bytes
), numbered AS (
    SELECT kafka_time_ms, value, field[1] AS device_id, field[2] AS device_type,
        CASE WHEN regexp_full_match(field[3], $time_digits) THEN CAST(field[3] AS BIGINT) END AS time_ms,
        CASE WHEN regexp_full_match(field[4], $click_digits) THEN CAST(field[4] AS BIGINT) END AS click
    FROM fields
    WHERE len(field) = 4
)
SELECT value, time_ms - time_ms % 60000 AS minute_ms, device_type, device_id, click
FROM numbered
WHERE regexp_full_match(device_id, $device_id_characters)
    AND NOT regexp_matches(device_id, $blank_at_an_end)
    AND regexp_full_match(device_type, $device_type_characters)
    AND NOT regexp_matches(device_type, $blank_at_an_end)
    AND time_ms >= $time_min_ms AND time_ms < $time_max_ms
    AND ($max_future_ms IS NULL OR time_ms <= kafka_time_ms + $max_future_ms)
    AND ($max_age_ms IS NULL OR time_ms >= kafka_time_ms - $max_age_ms)
    AND click <= $max_click
    AND list_contains($hours_ms, time_ms - time_ms % 3600000)
