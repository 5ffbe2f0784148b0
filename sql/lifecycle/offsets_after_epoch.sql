-- Index: PK, read backwards: epochs never decrease along the offsets. Where an epoch left off.
SELECT positions.kafka_partition,
  (SELECT batches.end_offset FROM stream_batches AS batches
   WHERE batches.topic = positions.topic AND batches.kafka_partition = positions.kafka_partition
     AND batches.epoch <= %(epoch)s
   ORDER BY batches.start_offset DESC LIMIT 1) AS next_offset
FROM stream_offsets AS positions
WHERE positions.topic = %(topic)s
ORDER BY positions.kafka_partition
