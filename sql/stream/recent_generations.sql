-- A row a start of a driver: few enough to be read without an index. Newest first.
SELECT generation, start_offsets, exit_code FROM stream_generations ORDER BY epoch DESC LIMIT 20
