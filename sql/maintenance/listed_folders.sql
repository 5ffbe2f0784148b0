-- Reads archive_files. Folders that readers may be in.
SELECT DISTINCT SUBSTRING(path, 1, CHAR_LENGTH(path) - LOCATE('/', REVERSE(path))) AS folder
FROM archive_files
