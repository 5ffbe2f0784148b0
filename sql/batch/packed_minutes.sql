-- Index: PRIMARY (minute, device_type, device_id) gives the groups in order. One row a group and not
-- one a device: a driver in Python takes 5 µs a row. Ids hold no control character, so that tab and
-- line feed can part them; the count tells when something else was put in by hand.
SELECT minute, device_type, COUNT(*) AS devices,
    GROUP_CONCAT(device_id, '\t', clicks, '\t', events SEPARATOR '\n') AS packed
FROM clicks_by_minute
WHERE minute >= %s AND minute < %s
GROUP BY minute, device_type
