-- One that was refused for want of a person's word: by a new look at what there is now.
UPDATE operations
SET asked_by = %(by)s, reason = %(reason)s, from_release = %(from_release)s,
  to_release = %(to_release)s, plan = %(plan)s, stage = 'begun', state = 'running', result = NULL,
  started_at = UTC_TIMESTAMP(3), stage_at = UTC_TIMESTAMP(3), ended_at = NULL
WHERE token = %(token)s
