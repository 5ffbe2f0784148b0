-- Reads releases, newest first; slots and operations by their keys.
SELECT releases.release_name, releases.folder, releases.python, releases.verdict,
    releases.last_deployed_at,
    EXISTS (SELECT 1 FROM stream_slots WHERE stream_slots.release_name = releases.release_name)
    OR EXISTS (
        SELECT 1 FROM operations WHERE operations.state = 'running'
            AND releases.release_name IN (operations.from_release, operations.to_release)
    ) AS in_use
FROM releases ORDER BY releases.created_at DESC
