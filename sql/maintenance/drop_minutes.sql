-- Index: PRIMARY (minute, device_type, device_id): a run of it.
DELETE FROM clicks_by_minute WHERE minute >= %(hour)s AND minute < %(end)s
