# shellcheck shell=bash
# The database, its roles, and the backup repository.
db_login=$(sed -n 's/^DB_USER=//p' /etc/mastodon/secrets.env)
{ grep --quiet --line-regexp "user=$db_login" /etc/mastodon/pg_service.conf 2>/dev/null &&
	[[ $(query "SELECT 1 FROM pg_roles WHERE rolname = :'login' AND rolcanlogin" --set "login=$db_login") ]]; } ||
	change 'let Mastodon log in to the database' /usr/local/lib/mastodon/database-login

create_database() { as_postgres createdb --owner mastodon --template template0 --encoding UTF8 mastodon_production; }
database_exists || change 'create the database' create_database

# In that order a wrong key or an unreachable bucket stops the run before anyone posts.
prepare_repository() (
	# shellcheck source=cloud-init/handover/usr/local/lib/mastodon/database.sh
	source /usr/local/lib/mastodon/database.sh
	create_stanza && backrest check
)
when_changed repository 'prepare the backup repository' prepare_repository /etc/pgbackrest/conf.d/*.conf
