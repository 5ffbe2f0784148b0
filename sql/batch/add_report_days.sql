INSERT INTO report_calendar (day, time_zone, starts_at, ends_at, first_hour) VALUES {rows}
