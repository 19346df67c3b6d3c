# shellcheck shell=bash
# The release of Mastodon: its schema and its images. The first is set up, every later one is an upgrade.

release_is_there() {
	cmp --silent /etc/mastodon/release "$state/release" && [[ ! -e $state/upgrade.json ]] &&
		! comm -23 <(sort /etc/mastodon/release-tasks) <(sort "$state/release-tasks" 2>/dev/null) | grep --quiet . &&
		[[ $(query_mastodon 'SELECT release FROM operations.release' 2>/dev/null) == "$(</etc/mastodon/release)" ]]
}
release_is_there || change "bring Mastodon to $(cut -d' ' -f1 /etc/mastodon/release)" /usr/local/sbin/mastodonctl upgrade
