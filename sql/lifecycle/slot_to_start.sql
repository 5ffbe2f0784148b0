SELECT slots.wanted, slots.starts, slots.release_name, releases.folder, releases.python
FROM stream_slots AS slots LEFT JOIN releases ON releases.release_name = slots.release_name
WHERE slots.slot = %s
