# shellcheck shell=bash
# The database, its role, and the backup repository.
db_password=$(sed -n 's/^DB_PASS=//p' /etc/mastodon/secrets.env)
set_role() {
	[[ $(query "SELECT 1 FROM pg_roles WHERE rolname = 'mastodon'") ]] || query 'CREATE ROLE mastodon LOGIN'
	query "ALTER ROLE mastodon PASSWORD '$db_password'"
}
echo "$db_password" >"$scratch/db_password"
when_changed role 'set the role mastodon' set_role "$scratch/db_password"

create_database() { as_postgres createdb --owner mastodon --template template0 --encoding UTF8 mastodon_production; }
database_exists || change 'create the database' create_database

# In that order a wrong key or an unreachable bucket stops the run before anyone posts.
prepare_repository() {
	local backrest=(pgbackrest --stanza=mastodon --log-level-console=warn)
	as_postgres "${backrest[@]}" stanza-create && as_postgres "${backrest[@]}" check
}
when_changed repository 'prepare the backup repository' prepare_repository /etc/pgbackrest/conf.d/*.conf
