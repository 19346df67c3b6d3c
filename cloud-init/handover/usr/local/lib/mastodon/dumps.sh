# shellcheck shell=bash
# Dumps: the second way back, by pg_dump, gpg and rclone alone. Sourced behind database.sh.

# list_dumps REMOTE: names and sizes, oldest first.
list_dumps() {
	bucket lsjson --files-only "$1:dumps" 2>/dev/null |
		jq --raw-output '.[] | select(.Name | test("^mastodon-[0-9]{8}T[0-9]{6}Z[.]dump[.]gpg$")) | "\(.Name) \(.Size)"' | sort
}

# dump_time NAME: when it was begun, in seconds.
dump_time() {
	local digits=${1//[!0-9]/}
	date --utc --date "${digits:0:8} ${digits:8:2}:${digits:10:2}:${digits:12:2}" +%s
}

# cipher ENCRYPT-OR-DECRYPT-OPTION…: from standard input to standard output. The passphrase comes from a file.
cipher() {
	gpg --batch --quiet --no-tty --homedir "$scratch" --pinentry-mode loopback \
		--passphrase-file /etc/mastodon/backup-passphrase "$@"
}
end_of_cipher() { gpgconf --homedir "$scratch" --kill all 2>/dev/null || true; }
