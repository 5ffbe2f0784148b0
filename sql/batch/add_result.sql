-- An hour has one result a run: written when its last try has ended.
INSERT INTO reconcile_results
    (run, hour, verdict, cause, cut, settled, segments, rows_compared, rows_identical, rows_modified,
     rows_missing, rows_surplus, stream_clicks, stream_events, recount_clicks, recount_events,
     audit_clicks, audit_events, releases, detail, ended_at)
VALUES (%(run)s, %(hour)s, %(verdict)s, %(cause)s, %(cut)s, %(settled)s, %(segments)s,
    %(rows_compared)s, %(rows_identical)s, %(rows_modified)s, %(rows_missing)s, %(rows_surplus)s,
    %(stream_clicks)s, %(stream_events)s, %(recount_clicks)s, %(recount_events)s, %(audit_clicks)s,
    %(audit_events)s, %(releases)s, %(detail)s, UTC_TIMESTAMP(3))
