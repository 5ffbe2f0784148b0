-- Index: archive_segments PRIMARY; archive_hours and hours by the segment's hours. Segments from the
-- beginning of the archive on, each with how many hours are not sealed that it holds events of, or
-- that its records arrived in (they are measured from it); the newest of those may have no row yet.
SELECT segments.kafka_partition, segments.start_offset, segments.end_offset, segments.bytes,
    segments.archived_at, segments.kafka_time_max_ms,
    (SELECT COUNT(*) FROM archive_hours AS held
     LEFT JOIN hours ON hours.hour = held.hour
     WHERE held.topic = segments.topic AND held.kafka_partition = segments.kafka_partition
        AND held.start_offset = segments.start_offset
        AND COALESCE(hours.state, '') <> 'sealed')
    + (SELECT COUNT(*) FROM hours
       WHERE hours.state <> 'sealed'
        AND hours.hour > FROM_UNIXTIME(segments.kafka_time_min_ms / 1000) - INTERVAL 1 HOUR
        AND hours.hour <= FROM_UNIXTIME(segments.kafka_time_max_ms / 1000))
    + (segments.kafka_time_max_ms IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM hours
        WHERE hours.hour = FROM_UNIXTIME(segments.kafka_time_max_ms DIV 3600000 * 3600)
    )) AS not_sealed,
    (SELECT COUNT(*) FROM ledger_gaps AS gaps
     WHERE gaps.topic = segments.topic AND gaps.kafka_partition = segments.kafka_partition
        AND gaps.start_offset = segments.start_offset AND gaps.closed_at IS NULL) AS open_gaps
FROM archive_segments AS segments
WHERE segments.topic = %(topic)s AND segments.state = 'archived'
ORDER BY segments.kafka_partition, segments.start_offset
