-- One raw record by its offset.
SELECT "partition", "offset", epoch_ms("timestamp") AS kafka_time_ms, timestamp_type, value, filename
FROM read_parquet($files, filename = true)
WHERE "partition" = $partition AND "offset" = $offset
