# shellcheck shell=bash
# Visitors of a new machine then see a page with the progress, not a warning of their browser.
[[ -L /etc/mastodon/tls/fullchain.pem ]] ||
	change 'look for the certificate of the machine before' /usr/local/lib/mastodon/certificate restore
