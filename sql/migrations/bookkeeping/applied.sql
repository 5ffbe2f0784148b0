-- Index: schema_migrations PRIMARY (number).
SELECT number, name, checksum FROM schema_migrations ORDER BY number;
