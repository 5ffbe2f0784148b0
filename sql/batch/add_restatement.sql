INSERT INTO restatements
    (run, hour, rules_version, transforms_fingerprint, release_name, code_fingerprint, cut,
     clicks_before, events_before, clicks_after, events_after, restated_at)
VALUES (%(run)s, %(hour)s, %(rules_version)s, %(transforms_fingerprint)s, %(release_name)s,
    %(code_fingerprint)s, %(cut)s, %(clicks_before)s, %(events_before)s, %(clicks_after)s,
    %(events_after)s, UTC_TIMESTAMP(3))
