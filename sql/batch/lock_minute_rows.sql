-- Index: PRIMARY (minute, device_type, device_id), a point look-up per key of the JSON array.
SELECT c.minute, c.device_type, c.device_id, c.clicks, c.events
FROM JSON_TABLE(%s, '$[*]' COLUMNS (
       minute DATETIME PATH '$[0]',
       device_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
       device_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]'
     )) AS k
STRAIGHT_JOIN clicks_by_minute AS c
  ON c.minute = k.minute AND c.device_type = k.device_type AND c.device_id = k.device_id
FOR UPDATE
