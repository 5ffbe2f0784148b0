INSERT INTO event_measures_by_hour (hour, device_type, events, duplicates, up_to_1_minute,
    up_to_10_minutes, up_to_1_hour, up_to_1_day, later)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
