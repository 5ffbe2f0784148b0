-- Index: PRIMARY (time_zone, day, …): a run of it.
DELETE FROM clicks_by_day WHERE time_zone = %(time_zone)s AND day = %(day)s
