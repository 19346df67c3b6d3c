# shellcheck shell=bash
# Dumps: the second kind of backup, by pg_dump, gpg and rclone alone. Sourced behind database.sh.

# list_dumps REMOTE: names and sizes, oldest first. A dump counts once its digest is beside it: that is written when the
# dump was read back. (Not a rename: some stores can't copy an object by themselves.)
list_dumps() {
	# By a filter: a folder that is missing is an error, as a store that does not answer.
	bucket lsjson --files-only --recursive --include '/dumps/*' "$1:" 2>/dev/null |
		jq --raw-output 'map(.Name) as $names | .[]
			| select(.Name | test("^mastodon-[0-9]{8}T[0-9]{6}Z[.]dump[.]gpg$"))
			| select(.Name + ".sha256" | IN($names[]))
			| "\(.Name) \(.Size)"' | sort
}
