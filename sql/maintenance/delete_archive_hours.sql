-- Reads archive_hours: its key begins with the hour. Once per segment that is deleted.
DELETE FROM archive_hours
WHERE topic = %(topic)s AND kafka_partition = %(partition)s AND start_offset = %(start)s
