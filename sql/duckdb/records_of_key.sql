-- Raw records whose value begins with $prefix (device id, type) and whose third field is a time of
-- one minute. Values are compared as bytes: a range of them, which Parquet's statistics can skip.
SELECT "partition", "offset", epoch_ms("timestamp") AS kafka_time_ms, timestamp_type, value, filename
FROM read_parquet($files, filename = true)
WHERE value >= $prefix AND value < $prefix_end
    AND try_cast(string_split(try(decode(value)), '|')[3] AS BIGINT) >= $start_ms
    AND try_cast(string_split(try(decode(value)), '|')[3] AS BIGINT) < $end_ms
ORDER BY "partition", "offset"
LIMIT $most
