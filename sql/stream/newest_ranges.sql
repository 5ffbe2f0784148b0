-- Index: PRIMARY (topic, kafka_partition, start_offset), read backwards; releases by its key.
SELECT batches.start_offset, batches.end_offset, batches.records_read, batches.accepted,
  batches.rejected, batches.clicks, batches.rules_version, batches.code_fingerprint,
  COALESCE(releases.verdict = 'bad', 0) AS is_suspect
FROM stream_batches AS batches
LEFT JOIN releases ON releases.release_name = batches.release_name
WHERE batches.topic = %s AND batches.kafka_partition = %s AND batches.end_offset <= %s
ORDER BY batches.start_offset DESC LIMIT 500
