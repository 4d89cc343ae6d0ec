#!/bin/sh
# Run once by the postgres image, when its volume is empty: makes the owner of the tables, and the role of the processes, which
# row-level security binds.
set -eu
: "${POSTGRES_OWNER_PASSWORD:?set it in .env}" "${POSTGRES_APP_PASSWORD:?set it in .env}"
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$POSTGRES_OWNER_PASSWORD" --set app_password="$POSTGRES_APP_PASSWORD" <<'SQL'
CREATE ROLE leadscore_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE leadscore_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
CREATE DATABASE leadscore OWNER leadscore_owner;
SQL
