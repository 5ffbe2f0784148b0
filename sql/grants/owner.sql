-- Migrations, and handing on table rights to the other users (hence GRANT OPTION), in one database.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW,
    SHOW VIEW, LOCK TABLES
ON `{database_pattern}`.* TO %(user)s@%(host)s WITH GRANT OPTION;
