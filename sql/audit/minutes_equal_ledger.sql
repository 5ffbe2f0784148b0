-- Reads all of clicks_by_minute and stream_batches, once each.
SELECT
    minutes.clicks AS minute_clicks,
    ledger.clicks AS ledger_clicks,
    minutes.events AS minute_events,
    ledger.accepted AS ledger_accepted,
    1 AS violations
FROM (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(events), 0) AS events
    FROM clicks_by_minute
) AS minutes
CROSS JOIN (
    SELECT COALESCE(SUM(clicks), 0) AS clicks, COALESCE(SUM(accepted), 0) AS accepted
    FROM stream_batches
) AS ledger
WHERE minutes.clicks <> ledger.clicks OR minutes.events <> ledger.accepted;
