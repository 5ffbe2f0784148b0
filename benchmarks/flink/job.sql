SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.mini-batch.enabled' = 'true';
SET 'table.exec.mini-batch.allow-latency' = '{mini_batch_latency}';
SET 'table.exec.mini-batch.size' = '{mini_batch_rows}';
SET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE';
SET 'execution.checkpointing.interval' = '5 s';

CREATE TABLE events (
  device_id STRING, device_type STRING, ms BIGINT, click BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = '{topic}',
  'properties.bootstrap.servers' = '{bootstrap_servers}',
  'properties.group.id' = 'benchmark-flink',
  'properties.max.poll.records' = '20000',
  'properties.max.partition.fetch.bytes' = '8388608',
  'properties.fetch.max.bytes' = '33554432',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'csv',
  'csv.field-delimiter' = '|',
  'csv.disable-quote-character' = 'true'
);

CREATE TABLE clicks_by_minute (
  `minute` TIMESTAMP(0), device_type STRING, device_id STRING, clicks BIGINT, events BIGINT,
  PRIMARY KEY (`minute`, device_type, device_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:mysql://{mysql_host}:{mysql_port}/{database}?rewriteBatchedStatements=true&useServerPrepStmts=false&useSSL=false&allowPublicKeyRetrieval=true&connectionTimeZone=UTC',
  'driver' = 'com.mysql.cj.jdbc.Driver',
  'username' = '{user}',
  'password' = '{password}',
  'table-name' = 'clicks_by_minute',
  'sink.buffer-flush.max-rows' = '5000',
  'sink.buffer-flush.interval' = '{flush_interval}'
);

-- Grouped by the very columns of the primary key: else every update would be a delete and an insert.
INSERT INTO clicks_by_minute
SELECT `minute`, device_type, device_id, SUM(click), COUNT(*)
FROM (
  SELECT
    CAST(TO_TIMESTAMP_LTZ(ms - MOD(ms, 60000), 3) AS TIMESTAMP(0)) AS `minute`,
    device_type, device_id, click
  FROM events
)
GROUP BY `minute`, device_type, device_id;
