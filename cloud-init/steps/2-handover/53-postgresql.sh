# shellcheck shell=bash
# pgBackRest and the cluster; and before the lease, while the machine before still serves, whether what is to be restored can be.
# As in database.sh.
as_postgres() { (cd / && HOME=/var/lib/postgresql setpriv --reuid postgres --regid postgres --init-groups -- "$@"); }

echo "[mastodon]
pg1-path = /var/lib/postgresql/$cluster/main" >"$scratch/cluster.conf"
cmp --silent "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf ||
	change 'tell pgBackRest the cluster' place "$scratch/cluster.conf" /etc/pgbackrest/conf.d/cluster.conf 644 root:root

# Files of one major version of PostgreSQL are no use to another. Where the bucket has nothing to tell, 55-restore judges that.
prove_same_postgresql() {
	local theirs
	theirs=$(as_postgres pgbackrest --stanza=mastodon --output=json --log-level-console=off info |
		jq --raw-output '[.[].db[]?.version] | last // ""') || fail 'the backup bucket does not answer, so it is unknown whether its backups can be restored here'
	[[ ! $theirs || $theirs == "$cluster" ]] ||
		fail "the backups are of PostgreSQL $theirs, and this machine's image has PostgreSQL $cluster, which can't restore them. The database was not touched, and a machine that serves continues to serve. Set image back to what it was, raise generation once more, and run pulumi up."
}
[[ -e $state/done/database-origin || -e $state/restore-pending ]] || prove_same_postgresql
