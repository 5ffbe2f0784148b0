SELECT mine.wanted, other.state AS other_state
FROM stream_slots AS mine JOIN stream_slots AS other ON other.slot <> mine.slot
WHERE mine.slot = %s
