UPDATE operations SET stage = %(stage)s, stage_at = UTC_TIMESTAMP(3) WHERE token = %(token)s
