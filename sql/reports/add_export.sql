-- One row a version. A bundle that was published before its row could be written gets it later.
INSERT INTO exports (time_zone, day, version, state, reason, folder, manifest_sha256, figures_sha256, made_of,
    hours_version, clicks, events, devices, moved_rows, run, release_name, asked_by, read_at,
    published_at)
VALUES (%(time_zone)s, %(day)s, %(version)s, %(state)s, %(reason)s, %(folder)s,
    %(manifest_sha256)s, %(figures_sha256)s, %(made_of)s, %(hours_version)s, %(clicks)s, %(events)s,
    %(devices)s, %(moved_rows)s, %(run)s, %(release_name)s, %(asked_by)s, %(read_at)s,
    %(published_at)s)
