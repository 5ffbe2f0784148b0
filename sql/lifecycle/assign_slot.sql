-- A deliberate start: forgets what the slot's last driver said. starts = 0: none was made yet.
UPDATE stream_slots
SET wanted = %(wanted)s, instance = %(instance)s, release_name = %(release)s,
    wanted_at = UTC_TIMESTAMP(3), starts = 0, state = 'ended', pid = NULL, host = NULL,
    started_at = NULL, spark_at = NULL, warm_at = NULL, writing_at = NULL, drained_at = NULL,
    ended_at = NULL, epoch = NULL, exit_code = NULL, end_reason = NULL, shadow = NULL
WHERE slot = %(slot)s
