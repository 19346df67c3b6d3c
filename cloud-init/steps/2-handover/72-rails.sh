# shellcheck shell=bash
# Keep Rails running for a while, for the next script, where there is memory for it: from the second line of tune's table on.
read -r _ memory _ </proc/meminfo
if (($(number "$memory") >= 3500 * 1024)); then
	apply mastodon-rails.socket
elif systemctl --quiet is-enabled mastodon-rails.socket; then
	change 'stop mastodon-rails.socket' disable mastodon-rails.socket
fi
