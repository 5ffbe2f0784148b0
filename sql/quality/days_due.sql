-- Through the view days; index: day_judgements by_day (time_zone, day, id). Days that stand as they
-- were built and whose build has not been judged.
SELECT days.day
FROM days
INNER JOIN built_days AS built ON built.time_zone = days.time_zone AND built.day = days.day
WHERE days.state = 'final' AND NOT EXISTS (
    SELECT judged.id FROM day_judgements AS judged
    WHERE judged.time_zone = built.time_zone AND judged.day = built.day
        AND judged.day_run = built.run AND judged.hours_version = built.hours_version
)
ORDER BY days.day
