-- Reads all of type_clicks_by_minute, stream_batches and corrections, once each, and the type rows of
-- sealed hours. What audit/minutes_equal_ledger asks of all minute rows, asked of their sums by type:
-- a row if those do not come to what was booked and corrected.
SELECT types.clicks, types.events
FROM (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(events), 0) AS events
    FROM type_clicks_by_minute
) AS types
CROSS JOIN (
    SELECT COALESCE(SUM(built.clicks), 0) AS clicks, COALESCE(SUM(built.events), 0) AS events
    FROM hours
    JOIN type_clicks_by_hour AS built ON built.hour = hours.hour
    WHERE hours.state = 'sealed'
) AS sealed
CROSS JOIN (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(accepted), 0) AS accepted
    FROM stream_batches
) AS ledger
CROSS JOIN (
    SELECT COALESCE(SUM(clicks_delta), 0) AS clicks, COALESCE(SUM(events_delta), 0) AS events
    FROM corrections
    WHERE moves_books = 1
) AS corrected
WHERE types.clicks + sealed.clicks <> ledger.clicks + corrected.clicks
    OR types.events + sealed.events <> ledger.accepted + corrected.events;
