# shellcheck shell=bash
# The database, its role, and the backup repository. Everything from here on needs the secrets.
as_postgres() { (cd / && runuser --user postgres -- "$@"); }

# query SQL: SQL on standard input keeps passwords out of the list of processes.
query() { as_postgres psql --quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 <<<"$1"; }

db_password=$(sed -n 's/^DB_PASS=//p' /etc/mastodon/secrets.env)
set_role() {
	[[ $(query "SELECT 1 FROM pg_roles WHERE rolname = 'mastodon'") ]] || query 'CREATE ROLE mastodon LOGIN'
	query "ALTER ROLE mastodon PASSWORD '$db_password'"
}
echo "$db_password" >"$scratch/db_password"
when_changed role 'set the role mastodon' set_role "$scratch/db_password"

create_database() { as_postgres createdb --owner mastodon --template template0 --encoding UTF8 mastodon_production; }
[[ $(query "SELECT 1 FROM pg_database WHERE datname = 'mastodon_production'") ]] ||
	change 'create the database' create_database

echo "[mastodon]
pg1-path = $(query 'SHOW data_directory')" >"$scratch/cluster.conf"
cmp --silent "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf ||
	change 'tell pgBackRest the cluster' install -m 644 "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf

# In that order a wrong key or an unreachable bucket stops the run before anyone posts.
prepare_repository() { as_postgres pgbackrest --stanza=mastodon stanza-create && as_postgres pgbackrest --stanza=mastodon check; }
when_changed repository 'prepare the backup repository' prepare_repository /etc/pgbackrest/conf.d/*.conf
