-- A driver that wrote for ten minutes worked: the starts before it say nothing about the next one.
-- (Each start clears writing_at, so those that came to nothing go on being counted.)
SELECT slots.wanted, slots.release_name, releases.folder, releases.python,
    IF(slots.writing_at < UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE, 0, slots.starts) AS starts
FROM stream_slots AS slots LEFT JOIN releases ON releases.release_name = slots.release_name
WHERE slots.slot = %s
