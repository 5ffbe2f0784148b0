-- Index: by_hour (hour, ended_at).
UPDATE hour_incidents SET ended_at = UTC_TIMESTAMP(3) WHERE hour = %s AND ended_at IS NULL
