-- Through the view open_incidents: hour_incidents and incidents by_ended. Of hours those of the day;
-- of the stream only that it counts wrongly: that it is down says nothing of a day that is over.
SELECT hour, verdict, detail
FROM open_incidents
WHERE (scope = 'hour' AND hour >= %(start)s AND hour < %(end)s)
    OR (scope = 'stream' AND verdict = 'wrong')
ORDER BY opened_at, hour
