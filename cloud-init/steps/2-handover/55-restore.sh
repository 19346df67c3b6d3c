# shellcheck shell=bash
# A new machine of a stack that has a backup continues from its newest state, not from nothing.
# query SQL [PSQL OPTION…]: as the superuser, in the database "postgres" alone; on standard input, which keeps passwords out of the list of
# processes. query_mastodon is for Mastodon's database: see database.sh, which has both.
query() { as_postgres psql --quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 "${@:2}" --dbname postgres <<<"$1"; }
query_mastodon() {
	/usr/local/lib/mastodon/in-database "/usr/lib/postgresql/$cluster/bin/psql" --quiet --no-psqlrc --tuples-only --no-align \
		--set ON_ERROR_STOP=1 "${@:2}" <<<"$1"
}
database_exists() { [[ $(query "SELECT 1 FROM pg_database WHERE datname = 'mastodon_production'") ]]; }

checksums_off() { [[ $(as_postgres "/usr/lib/postgresql/$cluster/bin/pg_controldata" "/var/lib/postgresql/$cluster/main") =~ checksum\ version:\ *0 ]]; }

# takes_changes: whether PostgreSQL runs, and has nothing to recover any more; by what start-database looks at and does in the end.
takes_changes() {
	local folder=/var/lib/postgresql/$cluster/main lines
	[[ -r $folder/postmaster.pid ]] && mapfile -t lines <"$folder/postmaster.pid" && [[ ${lines[7]:-} == ready* ]] &&
		as_postgres "/usr/lib/postgresql/$cluster/bin/pg_ctl" --pgdata "$folder" --silent reload
}

# The package makes its cluster without data checksums. Before the first start with our data that costs a second.
if [[ ! -e $state/done/database-origin && ! -e $state/restore-pending ]] && checksums_off; then
	change "enable PostgreSQL's data checksums" /usr/local/lib/mastodon/enable-checksums
fi
if [[ ! -e $state/restore-pending ]]; then
	apply "postgresql@$cluster-main.service"
	[[ $dry_run ]] || takes_changes || /usr/local/lib/mastodon/start-database || fail 'PostgreSQL does not start'
fi

# Which backups there are to continue from, and whether all is there and comes back, mastodonctl decides.
if [[ ! -e $state/done/database-origin ]]; then
	backups=0
	if [[ ! -e $state/restore-pending ]] && ! database_exists; then
		backups=$(/usr/local/sbin/mastodonctl inherit look)
	fi
	if [[ -e $state/restore-pending || $backups != 0 ]]; then
		[[ $dry_run ]] || touch "$state/redis-pending"
		change 'restore the database from its newest backup' /usr/local/sbin/mastodonctl restore-database
	fi
	[[ $dry_run ]] || /usr/local/sbin/mastodonctl inherit prove
	[[ ! -e $state/redis-pending ]] || change 'restore the jobs and feeds in Redis' /usr/local/lib/mastodon/restore-redis
	[[ $dry_run ]] || { touch "$state/done/database-origin" && rm -f "$state/redis-pending"; }
fi
apply mastodon-redis-snapshot.timer
