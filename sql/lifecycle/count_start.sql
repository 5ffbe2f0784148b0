UPDATE stream_slots SET starts = %s WHERE slot = %s
