SELECT MAX(number) AS number FROM schema_migrations
