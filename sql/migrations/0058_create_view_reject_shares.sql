-- Rejected records by hour of arrival, type ('': none can be told) and reason, beside all that
-- arrived in that hour. Index: arrivals_by_hour PRIMARY (hour, …). INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW reject_shares AS
SELECT
    rejects.hour,
    rejects.device_type,
    rejects.verdict AS reason,
    rejects.records AS rejected,
    arrivals.records AS arrived,
    rejects.records / arrivals.records AS share
FROM arrivals_by_hour AS rejects
INNER JOIN (
    SELECT hour, SUM(records) AS records FROM arrivals_by_hour GROUP BY hour
) AS arrivals ON arrivals.hour = rejects.hour
WHERE rejects.verdict <> 'accepted';
