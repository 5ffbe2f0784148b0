-- Index: stream_batches PRIMARY (topic, kafka_partition, start_offset), stream_fence PRIMARY.
-- Compares each range with the one that follows it: ranges_tile proves that there is one.
SELECT
    ranges.topic,
    ranges.kafka_partition,
    ranges.start_offset,
    ranges.epoch,
    following.epoch AS following_epoch,
    stream_fence.epoch AS fence_epoch,
    COUNT(*) OVER () AS violations
FROM stream_batches AS ranges
LEFT JOIN stream_batches AS following
    ON following.topic = ranges.topic
    AND following.kafka_partition = ranges.kafka_partition
    AND following.start_offset = ranges.end_offset
LEFT JOIN stream_fence ON stream_fence.id = 1
WHERE following.epoch < ranges.epoch OR ranges.epoch > COALESCE(stream_fence.epoch, 0)
ORDER BY ranges.topic, ranges.kafka_partition, ranges.start_offset
LIMIT 20;
