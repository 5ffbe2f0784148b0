-- Reads all of report_calendar, 36,500 rows. The text is a row's literal in batch.report_calendar.
SELECT COUNT(*) AS rows_kept,
    COALESCE(SUM(CRC32(CONCAT(
        '(''', day, ''',''', time_zone, ''',''', starts_at, ''',''', ends_at, ''',''', first_hour, ''')'
    ))), 0) AS digest
FROM report_calendar
