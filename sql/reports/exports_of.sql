-- Index: PRIMARY (time_zone, day, version).
SELECT time_zone, day, version, state, reason, folder, manifest_sha256, figures_sha256, made_of,
    hours_version, clicks, events, devices, moved_rows, run, release_name, asked_by, read_at,
    published_at
FROM exports
WHERE time_zone = %s AND day = %s
ORDER BY version
