UPDATE stream_slots SET starts = starts + 1 WHERE slot = %s
