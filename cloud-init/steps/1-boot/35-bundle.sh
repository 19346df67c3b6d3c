# shellcheck shell=bash
# The bundle itself stays, for administrators to look at and for converge --dry-run.
if [[ ! $dry_run && $bundle != /usr/local/lib/mastodon/bundle ]]; then
	rm -rf /usr/local/lib/mastodon/bundle
	cp -r "$bundle" /usr/local/lib/mastodon/bundle
	rm -rf /usr/local/lib/mastodon/bundle/handover
	ln -sfn /usr/local/lib/mastodon/bundle/converge /usr/local/sbin/converge
fi
