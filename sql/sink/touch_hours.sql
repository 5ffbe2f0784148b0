-- Index: PRIMARY (hour). Rows come in ascending order: the lock order of P1.
-- A reconciled hour that gets an event is reopened: its batch figures are no longer the truth.
INSERT INTO hours (hour, state, version, updated_at) VALUES {rows}
ON DUPLICATE KEY UPDATE
  state = IF(state = 'reconciled', 'reopened', state),
  version = version + 1,
  updated_at = VALUES(updated_at)
