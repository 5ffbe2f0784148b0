-- Reads all of rejected_counts and stream_batches, once each.
SELECT
    counts.rejected AS counted_rejected,
    ledger.rejected AS ledger_rejected,
    counts.rejected - ledger.rejected AS surplus_rejected,
    1 AS violations
FROM (SELECT COALESCE(SUM(rejected), 0) AS rejected FROM rejected_counts) AS counts
CROSS JOIN (SELECT COALESCE(SUM(rejected), 0) AS rejected FROM stream_batches) AS ledger
WHERE counts.rejected <> ledger.rejected;
