INSERT INTO arrivals_by_hour (hour, device_type, verdict, records) VALUES (%s, %s, %s, %s)
