-- One that was never begun, for another one is under way. What its token was used for before stays.
INSERT INTO operations (token, action, asked_by, reason, from_release, to_release, plan, stage, state,
  result, started_at, stage_at, ended_at)
VALUES (%(token)s, %(action)s, %(by)s, %(reason)s, %(from_release)s, %(to_release)s, %(plan)s,
  'refused', 'refused', %(result)s, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE token = %(token)s
