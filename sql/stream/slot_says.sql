-- Only of this very process: a successor in the same slot says things of its own.
UPDATE stream_slots
SET state = %(state)s,
    spark_at = CASE WHEN %(state)s = 'warming' THEN UTC_TIMESTAMP(3) ELSE spark_at END,
    warm_at = CASE WHEN %(state)s = 'warm' THEN UTC_TIMESTAMP(3) ELSE warm_at END,
    writing_at = CASE WHEN %(state)s = 'writing' THEN UTC_TIMESTAMP(3) ELSE writing_at END,
    drained_at = CASE WHEN %(state)s = 'drained' THEN UTC_TIMESTAMP(3) ELSE drained_at END,
    ended_at = CASE WHEN %(state)s = 'ended' THEN UTC_TIMESTAMP(3) ELSE ended_at END,
    epoch = COALESCE(%(epoch)s, epoch), exit_code = COALESCE(%(exit_code)s, exit_code),
    end_reason = COALESCE(%(end_reason)s, end_reason), shadow = COALESCE(%(shadow)s, shadow)
WHERE slot = %(slot)s AND pid = %(pid)s AND host = %(host)s
