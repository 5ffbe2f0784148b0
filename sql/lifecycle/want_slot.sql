UPDATE stream_slots SET wanted = %(wanted)s, wanted_at = UTC_TIMESTAMP(3) WHERE slot = %(slot)s
