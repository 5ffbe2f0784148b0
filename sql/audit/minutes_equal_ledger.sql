-- Reads all of clicks_by_minute, stream_batches and corrections, once each, and the type rows of sealed
-- hours, which stand for minute rows that were dropped. Corrections that move the books stand beside
-- the ledger; those that are taken back have rows of the opposite sign.
SELECT
    minutes.clicks AS minute_clicks,
    sealed.clicks AS sealed_clicks,
    ledger.clicks AS ledger_clicks,
    corrected.clicks AS corrected_clicks,
    minutes.events AS minute_events,
    sealed.events AS sealed_events,
    ledger.accepted AS ledger_accepted,
    corrected.events AS corrected_events,
    minutes.clicks + sealed.clicks - ledger.clicks - corrected.clicks AS surplus_clicks,
    minutes.events + sealed.events - ledger.accepted - corrected.events AS surplus_events,
    1 AS violations
FROM (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(events), 0) AS events
    FROM clicks_by_minute
) AS minutes
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
WHERE minutes.clicks + sealed.clicks <> ledger.clicks + corrected.clicks
    OR minutes.events + sealed.events <> ledger.accepted + corrected.events;
