-- Index: PRIMARY; a handful of rows.
SELECT kafka_partition, start_offset, end_offset FROM reject_allowances WHERE topic = %s
