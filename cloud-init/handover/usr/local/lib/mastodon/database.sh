# shellcheck shell=bash disable=SC2034
# What the scripts about the database have in common. Sourced by root.
export LC_ALL=C.UTF-8
state=/var/lib/mastodon
cluster=$(pg_lsclusters --no-header | awk '$2 == "main" { print $1; exit }')
postgresql=postgresql@$cluster-main.service
data=/var/lib/postgresql/$cluster/main
binaries=/usr/lib/postgresql/$cluster/bin

fail() {
	echo "$(basename "$0"): $1" >&2
	exit 1
}

# number TEXT…: prints what is a number, and fails otherwise: in arithmetic, bash runs the text x[$(command)] as a command.
number() {
	local text
	for text in "$@"; do [[ $text =~ ^-?[0-9]+$ ]] || fail "expected a number, got '${text:0:60}'"; done
	echo "$@"
}

# Not runuser: it writes two lines into the log each time.
as_postgres() { (cd / && HOME=/var/lib/postgresql setpriv --reuid postgres --regid postgres --init-groups -- "$@"); }
backrest() { PGBACKREST_LOG_LEVEL_CONSOLE=${log_level:-warn} as_postgres pgbackrest --stanza=mastodon "$@"; }
bucket() { rclone --config /etc/mastodon/rclone.conf --retries 2 --low-level-retries 3 "$@"; }

# create_stanza: what is there already is checked. It wants pgBackRest's locks for itself (its exit status 50 otherwise), and
# archive-push holds one of them while it tries to send the log, as it does from the first start of PostgreSQL on.
create_stanza() {
	local attempt status said
	for attempt in {1..60}; do
		status=0
		said=$(backrest stanza-create 2>&1) || status=$?
		((status == 50)) || break
		sleep 1
	done
	((status == 0)) || echo "pgBackRest could not create its stanza, in $attempt attempts: $said" >&2
	return "$status"
}

plain_answers=(--quiet --no-psqlrc --tuples-only --no-align --set ON_ERROR_STOP=1)

# query SQL [PSQL OPTION…]: as the superuser, and so in the database "postgres" alone, where Mastodon's role can't make anything that would
# run. The SQL is sent on standard input, which keeps secrets out of the list of processes.
query() { as_postgres psql "${plain_answers[@]}" "${@:2}" --dbname postgres <<<"$1"; }

# query_mastodon SQL [PSQL OPTION…]: as Mastodon's own login, in its database. Tables need their schema. Mastodon's role may have made up what
# comes back: check it before anything but a comparison of text.
query_mastodon() { /usr/local/lib/mastodon/in-database "$binaries/psql" "${plain_answers[@]}" "${@:2}" <<<"$1"; }

human() { numfmt --to=iec --suffix=B "$1"; }
