"""The embedded servers: Kafka, MariaDB, PostgreSQL."""
