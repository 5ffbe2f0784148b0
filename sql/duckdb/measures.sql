-- What is measured of hours, straight from the raw files, by the event contract in DuckDB's SQL once
-- more, here with the reason of what is rejected. Two kinds of rows for each of $hours_ms:
--   'event'    by event time and type: accepted events, surplus copies of identical values, and how
--              late the events were: Kafka timestamp minus event time
--   'arrival'  by Kafka timestamp, type ('' where none can be told) and reason ('': accepted)
-- $files are Parquet files of the archive; the limits are those of one version of the rules.
WITH raw AS (
    SELECT epoch_ms("timestamp") AS kafka_time_ms, value, try(decode(value)) AS whole
    FROM read_parquet($files)
    WHERE "offset" >= list_extract($starts, list_position($partitions, "partition"))
        AND "offset" < list_extract($ends, list_position($partitions, "partition"))
), bodies AS (
    SELECT kafka_time_ms, value,
        CASE
            WHEN whole IS NOT NULL THEN NULL
            WHEN suffix(hex(value), '0D0A') THEN octet_length(value) - 2
            WHEN suffix(hex(value), '0A') OR suffix(hex(value), '0D') THEN octet_length(value) - 1
            ELSE octet_length(value)
        END AS body_bytes,
        CASE
            WHEN ends_with(whole, chr(13) || chr(10)) THEN left(whole, -2)
            WHEN ends_with(whole, chr(10)) OR ends_with(whole, chr(13)) THEN left(whole, -1)
            ELSE whole
        END AS body
    FROM raw
), fields AS (
    SELECT kafka_time_ms, value, body, body_bytes, string_split(body, '|') AS field
    FROM bodies
), typed AS (
    SELECT kafka_time_ms, value, body, body_bytes, field,
        CASE
            WHEN strlen(body) <= $max_bytes AND len(field) = 4
                AND regexp_full_match(field[2], $device_type_characters)
                AND NOT regexp_matches(field[2], $blank_at_an_end) THEN field[2]
        END AS device_type,
        CASE WHEN regexp_full_match(field[3], $time_digits) THEN CAST(field[3] AS BIGINT) END AS time_ms,
        CASE WHEN regexp_full_match(field[4], $click_digits) THEN CAST(field[4] AS BIGINT) END AS click
    FROM fields
), judged AS MATERIALIZED (
    SELECT value, device_type, kafka_time_ms - time_ms AS late_ms,
        kafka_time_ms - kafka_time_ms % 3600000 AS arrival_hour_ms,
        time_ms - time_ms % 3600000 AS event_hour_ms,
        CASE
            WHEN value IS NULL THEN 'null_value'
            WHEN coalesce(strlen(body), body_bytes) > $max_bytes THEN 'too_large'
            WHEN body IS NULL THEN 'not_utf8'
            WHEN len(field) <> 4 THEN 'wrong_field_count'
            WHEN NOT regexp_full_match(field[1], $device_id_characters)
                OR regexp_matches(field[1], $blank_at_an_end) THEN 'bad_device_id'
            WHEN device_type IS NULL THEN 'bad_device_type'
            WHEN time_ms IS NULL OR time_ms < $time_min_ms OR time_ms >= $time_max_ms THEN 'bad_time'
            WHEN time_ms > kafka_time_ms + $max_future_ms THEN 'time_in_future'
            WHEN time_ms < kafka_time_ms - $max_age_ms THEN 'time_too_old'
            WHEN click IS NULL OR click > $max_click THEN 'bad_click'
            ELSE ''
        END AS reason
    FROM typed
)
SELECT 'event' AS kind, event_hour_ms AS hour_ms, device_type, '' AS reason,
    count(*) AS records,
    count(*) - count(DISTINCT value) AS duplicates,
    count(*) FILTER (late_ms <= 60000) AS up_to_1_minute,
    count(*) FILTER (late_ms > 60000 AND late_ms <= 600000) AS up_to_10_minutes,
    count(*) FILTER (late_ms > 600000 AND late_ms <= 3600000) AS up_to_1_hour,
    count(*) FILTER (late_ms > 3600000 AND late_ms <= 86400000) AS up_to_1_day,
    count(*) FILTER (late_ms > 86400000) AS later
FROM judged WHERE reason = '' AND list_contains($hours_ms, event_hour_ms)
GROUP BY ALL
UNION ALL
SELECT 'arrival', arrival_hour_ms, coalesce(device_type, ''), reason, count(*), 0, 0, 0, 0, 0, 0
FROM judged WHERE list_contains($hours_ms, arrival_hour_ms)
GROUP BY ALL
