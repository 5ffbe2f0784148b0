INSERT INTO schema_migrations (number, name, checksum, applied_at)
VALUES (%(number)s, %(name)s, %(checksum)s, UTC_TIMESTAMP(3));
