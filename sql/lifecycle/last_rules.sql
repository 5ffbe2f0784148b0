-- Index: (applied_at). The rules that the newest range was judged by.
SELECT rules_version FROM stream_batches ORDER BY applied_at DESC LIMIT 1
