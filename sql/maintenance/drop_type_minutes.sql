-- Index: PRIMARY (minute, device_type): a run of it.
DELETE FROM type_clicks_by_minute WHERE minute >= %(hour)s AND minute < %(end)s
