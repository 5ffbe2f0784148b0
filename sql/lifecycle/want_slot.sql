-- wanted_at orders who was the writer last: stopping what is none moves nobody to the front.
UPDATE stream_slots
SET wanted_at = IF(%(wanted)s = 'stopped' AND wanted <> 'writer', wanted_at, UTC_TIMESTAMP(3)),
    wanted = %(wanted)s
WHERE slot = %(slot)s
