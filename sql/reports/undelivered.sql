-- Index: PRIMARY of both. Versions that a newer one has replaced are not sent any more; a
-- provisional one replaces no final one.
SELECT exports.time_zone, exports.day, exports.version, exports.state, exports.reason,
    exports.folder, exports.manifest_sha256, exports.figures_sha256, exports.made_of,
    exports.hours_version, exports.clicks, exports.events, exports.devices, exports.moved_rows,
    exports.run, exports.release_name, exports.asked_by, exports.read_at,
    exports.published_at
FROM exports
LEFT JOIN export_deliveries AS sent
    ON sent.time_zone = exports.time_zone AND sent.day = exports.day
    AND sent.version = exports.version AND sent.target = %s
WHERE exports.time_zone = %s AND sent.delivered_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM exports AS newer
        WHERE newer.time_zone = exports.time_zone AND newer.day = exports.day
            AND newer.version > exports.version
            AND (newer.state <> 'provisional' OR exports.state = 'provisional')
    )
ORDER BY exports.day, exports.version
