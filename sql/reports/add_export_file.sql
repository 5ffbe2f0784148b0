INSERT INTO export_files (time_zone, day, version, path, bytes, sha256, table_rows)
VALUES (%s, %s, %s, %s, %s, %s, %s)
