SELECT slot, wanted, instance, slots.release_name, wanted_at, starts, state, host, pid, started_at,
  spark_at, warm_at, writing_at, drained_at, ended_at, epoch, exit_code, end_reason, shadow
FROM stream_slots AS slots ORDER BY slot
