#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: Airflow gets a database of its own, as a user
# who may do nothing outside it.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --no-psqlrc <<'SQL'
\getenv password AIRFLOW_DATABASE_PASSWORD
CREATE ROLE airflow LOGIN PASSWORD :'password';
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
SQL
