SELECT token, action, asked_by, reason, from_release, to_release, plan, stage, state, result,
  started_at, stage_at, ended_at
FROM operations WHERE token = %s
