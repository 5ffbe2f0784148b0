-- Index: PRIMARY (minute, device_type, device_id), a point look-up per row of the JSON array; answers
-- with the places, from 1, of those of which no more is stored than was just added.
-- Not `(…) IN ((…), …)`: MariaDB takes 30 s for 12,000 such keys, this takes 0.2 s on both servers.
SELECT k.place
FROM JSON_TABLE(%s, '$[*]' COLUMNS (
       place FOR ORDINALITY,
       minute DATETIME PATH '$[0]',
       device_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
       device_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]',
       events BIGINT PATH '$[3]'
     )) AS k
STRAIGHT_JOIN clicks_by_minute AS c
  ON c.minute = k.minute AND c.device_type = k.device_type AND c.device_id = k.device_id
WHERE c.events = k.events
