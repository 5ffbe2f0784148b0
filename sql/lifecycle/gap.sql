-- Index: (applied_at). The last commit of earlier epochs and the first of this one.
SELECT
  (SELECT MAX(applied_at) FROM stream_batches WHERE epoch < %(epoch)s
     AND applied_at > UTC_TIMESTAMP(3) - INTERVAL 1 DAY) AS last_before,
  (SELECT MIN(applied_at) FROM stream_batches WHERE epoch = %(epoch)s
     AND applied_at > UTC_TIMESTAMP(3) - INTERVAL 1 DAY) AS first_after
