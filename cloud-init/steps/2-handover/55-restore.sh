# shellcheck shell=bash
# A new machine of a stack that has a backup goes on from its newest state, not from nothing.
as_postgres() { (cd / && runuser --user postgres -- "$@"); }

# query SQL: on standard input, which keeps passwords out of the list of processes.
query() { as_postgres psql --quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1 <<<"$1"; }
database_exists() { [[ $(query "SELECT 1 FROM pg_database WHERE datname = 'mastodon_production'") ]]; }

echo "[mastodon]
pg1-path = /var/lib/postgresql/$cluster/main" >"$scratch/cluster.conf"
cmp --silent "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf ||
	change 'tell pgBackRest the cluster' install -m 644 "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf

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

# A restore that was cut short is taken up again.
restore_database() {
	touch "$state/restore-pending"
	systemctl stop "postgresql@$cluster-main.service"
	as_postgres pgbackrest --stanza=mastodon --delta --log-level-console=warn restore
	systemctl start "postgresql@$cluster-main.service"
	until [[ $(query 'SELECT pg_is_in_recovery()') == f ]]; do sleep 1; done
	rm "$state/restore-pending"
}

if [[ ! -e $state/done/database-origin ]]; then
	backups=0
	if [[ ! -e $state/restore-pending ]] && ! database_exists; then backups=$(count_backups); fi
	if [[ -e $state/restore-pending ]] || ((backups > 0)); then
		change 'restore the database from its newest backup' restore_database
	fi
	[[ $dry_run ]] || touch "$state/done/database-origin"
fi
