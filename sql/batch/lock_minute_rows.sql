-- Index: PRIMARY (minute, device_type, device_id), a point look-up per key of the JSON array. The keys
-- are derived: MySQL refuses to lock a JSON_TABLE (error 3569), and locks no derived rows.
SELECT c.minute, c.device_type, c.device_id, c.clicks, c.events
FROM (
    SELECT k.minute, k.device_type, k.device_id
    FROM JSON_TABLE(%s, '$[*]' COLUMNS (
        minute DATETIME PATH '$[0]',
        device_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
        device_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]'
    )) AS k
) AS wanted
STRAIGHT_JOIN clicks_by_minute AS c
    ON c.minute = wanted.minute AND c.device_type = wanted.device_type
    AND c.device_id = wanted.device_id
FOR UPDATE
