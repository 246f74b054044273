#!/bin/bash
# Run once by the postgres image on an empty volume: the three roles and the database.
#   sae_owner     owns the tables and migrates
#   sae_app       what web and workers are: neither owner nor superuser, bound by row-level security
#   sae_platform  nobody logs in as it; sae_app assumes it for work across tenants
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 \
  --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$SAE_OWNER_PASSWORD" --set app_password="$SAE_APP_PASSWORD" <<'SQL'
CREATE ROLE sae_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE sae_app LOGIN NOINHERIT PASSWORD :'app_password';
CREATE ROLE sae_platform NOLOGIN;
GRANT sae_platform TO sae_app;
CREATE DATABASE sae OWNER sae_owner ENCODING 'UTF8' TEMPLATE template0;
SQL
