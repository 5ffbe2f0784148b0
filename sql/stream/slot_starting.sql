UPDATE stream_slots
SET state = 'starting', host = %(host)s, pid = %(pid)s, started_at = UTC_TIMESTAMP(3), spark_at = NULL,
    warm_at = NULL, writing_at = NULL, drained_at = NULL, ended_at = NULL, epoch = NULL,
    exit_code = NULL, end_reason = NULL, shadow = NULL
WHERE slot = %(slot)s
