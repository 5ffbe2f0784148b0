-- All of it: another time zone is in force.
DELETE FROM report_calendar
