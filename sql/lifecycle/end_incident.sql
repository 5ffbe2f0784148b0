UPDATE incidents SET ended_at = UTC_TIMESTAMP(3) WHERE id = %s
