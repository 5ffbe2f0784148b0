-- Index: report_calendar and built_days PRIMARY, hours PRIMARY, day_judgements by_day. The newest
-- judgement of the build that stands; no verdict: that build has not been judged.
SELECT
    days.day,
    days.state,
    judged.id,
    judged.verdict,
    judged.judged_at,
    (
        SELECT COUNT(*) FROM held_hours
        WHERE held_hours.hour >= days.starts_at - INTERVAL MINUTE(days.starts_at) MINUTE
            AND held_hours.hour < days.ends_at
    ) AS held_hours
FROM days
LEFT JOIN built_days AS built
    ON built.time_zone = days.time_zone AND built.day = days.day AND days.state = 'final'
LEFT JOIN day_judgements AS judged
    ON judged.id = (
        SELECT MAX(newest.id) FROM day_judgements AS newest
        WHERE newest.time_zone = built.time_zone AND newest.day = built.day
            AND newest.day_run = built.run AND newest.hours_version = built.hours_version
    )
WHERE days.day = %s
