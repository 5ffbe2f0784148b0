UPDATE releases
SET verdict = %(verdict)s, verdict_reason = %(reason)s,
    first_deployed_at = COALESCE(first_deployed_at, UTC_TIMESTAMP(3)),
    last_deployed_at = UTC_TIMESTAMP(3)
WHERE release_name = %(name)s
