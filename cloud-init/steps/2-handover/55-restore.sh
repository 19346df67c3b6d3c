# shellcheck shell=bash
# A new machine of a stack that has a backup goes on from its newest state, not from nothing.
# query SQL [PSQL OPTION…]: as the superuser, in the database "postgres" alone; on standard input, which keeps passwords out of the list of
# processes. query_mastodon is for Mastodon's database: see database.sh, which has both.
query() { as_postgres psql --quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 "${@:2}" --dbname postgres <<<"$1"; }
query_mastodon() {
	/usr/local/lib/mastodon/in-database "/usr/lib/postgresql/$cluster/bin/psql" --quiet --no-psqlrc --tuples-only --no-align \
		--set ON_ERROR_STOP=1 "${@:2}" <<<"$1"
}
database_exists() { [[ $(query "SELECT 1 FROM pg_database WHERE datname = 'mastodon_production'") ]]; }

checksums_off() { [[ $(as_postgres "/usr/lib/postgresql/$cluster/bin/pg_controldata" "/var/lib/postgresql/$cluster/main") =~ checksum\ version:\ *0 ]]; }

# The package makes its cluster without data checksums. Before the first start with our data that costs a second.
if [[ ! -e $state/done/database-origin && ! -e $state/restore-pending ]] && checksums_off; then
	change "enable PostgreSQL's data checksums" /usr/local/lib/mastodon/enable-checksums
fi
if [[ ! -e $state/restore-pending ]]; then
	apply "postgresql@$cluster-main.service"
	[[ $dry_run ]] || /usr/local/lib/mastodon/start-database || fail 'PostgreSQL does not start'
fi

# The number of backups in the bucket. Whatever leaves that in doubt (no answer, another cipher) ends the run: a new
# database beside one that could have been restored would be the worst outcome.
count_backups() {
	as_postgres pgbackrest --stanza=mastodon --output=json --log-level-console=off info >"$scratch/backups" ||
		fail 'the backup bucket does not answer, so nobody knows whether there is a database to restore'
	# 0: fine, 1: no stanza yet, 2: no backup yet
	jq --exit-status 'all(.[]; .status.code <= 2)' "$scratch/backups" >/dev/null ||
		fail "the backups can't be read: $(jq --raw-output '.[].status.message' "$scratch/backups")"
	jq '[.[].backup | length] | add // 0' "$scratch/backups"
}

# What the machine before noted when it handed over: {machine, lsn}.
inherited=$state/inherited.json

# The last segment that it wrote must be in the bucket before anything is restored from there.
prove_log_is_there() {
	local machine lsn position needed last
	[[ -e $inherited ]] || return 0
	machine=$(jq --raw-output .machine "$inherited")
	lsn=$(jq --raw-output .lsn "$inherited")
	[[ $lsn =~ ^[0-9A-F]{1,8}/[0-9A-F]{1,8}$ ]] || fail "$inherited names no place in the log: $(<"$inherited")"
	position=$(((16#${lsn%/*} << 32) + 16#${lsn#*/} - 1))
	needed=$(printf '%08X%08X' "$((position >> 32))" "$((position >> 24 & 0xff))")
	last=$(jq --raw-output '[.[].archive[]?.max | values] | max // "none"' "$scratch/backups")
	[[ $last != none && ! ${last:8} < $needed ]] ||
		fail "$machine handed over with its log written up to $lsn, but the log in the backup bucket ends with the segment $last; expected one that ends in $needed. Nothing was restored. The rest is on $machine: don't remove it, find out why it is not in the bucket, and run pulumi up again."
}

prove_first_machine() {
	(($(number "$(jq '.term' "$state/lease.json" 2>/dev/null || echo 0)") <= 1)) ||
		fail "another machine of this stack was at work before, but there is no backup to go on from; expected one in the backup bucket. Where there is nothing to save: sudo touch $state/done/database-origin on this machine, and run pulumi up again."
}

prove_all_is_restored() {
	local history reached lsn
	[[ -e $inherited ]] || return 0
	history=$(query "SELECT pg_read_file('pg_wal/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history')")
	reached=$(awk 'NF >= 2 { lsn = $2 } END { print lsn }' <<<"$history")
	lsn=$(jq --raw-output .lsn "$inherited")
	[[ $(query "SELECT :'reached'::pg_lsn >= :'lsn'::pg_lsn" --set reached="$reached" --set lsn="$lsn") == t ]] ||
		fail "the restored database ends at $reached of the log, but the machine before had written more: $(<"$inherited"). Don't remove that machine: what is missing is there."
	echo "restored everything that $(jq --raw-output .machine "$inherited") had written: up to $reached of the log"
	rm "$inherited"
}

if [[ ! -e $state/done/database-origin ]]; then
	backups=0
	if [[ ! -e $state/restore-pending ]] && ! database_exists; then
		backups=$(number "$(count_backups)")
		if ((backups > 0)); then prove_log_is_there; else prove_first_machine; fi
	fi
	if [[ -e $state/restore-pending ]] || ((backups > 0)); then
		[[ $dry_run ]] || touch "$state/redis-pending"
		change 'restore the database from its newest backup' /usr/local/lib/mastodon/restore-database
	fi
	[[ $dry_run ]] || prove_all_is_restored
	[[ ! -e $state/redis-pending ]] || change 'restore the jobs and feeds in Redis' /usr/local/lib/mastodon/restore-redis
	[[ $dry_run ]] || { touch "$state/done/database-origin" && rm -f "$state/redis-pending"; }
fi
apply mastodon-redis-snapshot.timer
