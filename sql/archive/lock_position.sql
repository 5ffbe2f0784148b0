-- Index: PRIMARY (topic, kafka_partition). Two archivers of one partition wait for each other here.
SELECT next_offset FROM archive_positions WHERE topic = %s AND kafka_partition = %s FOR UPDATE
