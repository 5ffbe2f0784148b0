-- Reads all of clicks_by_minute, stream_batches and corrections, once each. Corrections that move
-- the books stand beside the ledger; those that are taken back have rows of the opposite sign.
SELECT
    minutes.clicks AS minute_clicks,
    ledger.clicks AS ledger_clicks,
    corrected.clicks AS corrected_clicks,
    minutes.events AS minute_events,
    ledger.accepted AS ledger_accepted,
    corrected.events AS corrected_events,
    1 AS violations
FROM (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(events), 0) AS events
    FROM clicks_by_minute
) AS minutes
CROSS JOIN (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(accepted), 0) AS accepted
    FROM stream_batches
) AS ledger
CROSS JOIN (
    SELECT COALESCE(SUM(clicks_delta), 0) AS clicks, COALESCE(SUM(events_delta), 0) AS events
    FROM corrections
    WHERE moves_books = 1
) AS corrected
WHERE minutes.clicks <> ledger.clicks + corrected.clicks
    OR minutes.events <> ledger.accepted + corrected.events;
