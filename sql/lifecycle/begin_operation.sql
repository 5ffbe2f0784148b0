INSERT INTO operations (token, action, asked_by, reason, from_release, to_release, plan, stage, state,
  started_at, stage_at)
VALUES (%(token)s, %(action)s, %(by)s, %(reason)s, %(from_release)s, %(to_release)s, %(plan)s,
  'begun', 'running', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
