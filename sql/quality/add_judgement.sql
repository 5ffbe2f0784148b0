INSERT INTO day_judgements (time_zone, day, day_run, hours_version, verdict, asked_by, release_name,
    judged_at)
VALUES (%(time_zone)s, %(day)s, %(day_run)s, %(hours_version)s, %(verdict)s, %(asked_by)s,
    %(release_name)s, UTC_TIMESTAMP(3))
