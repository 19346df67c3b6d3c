# shellcheck shell=bash disable=SC2034
# The release of Mastodon, for scripts in shell; `mastodonctl release` knows the rest. Sourced behind database.sh. A release is one line:
# its version and its two images, by digest.
# shellcheck disable=SC2154 # state: of database.sh
serving=$state/release

# recorded_release: of the database; nothing if that is not known.
recorded_release() { /usr/local/sbin/mastodonctl release recorded; }

# record_release RELEASE: in the database.
record_release() { /usr/local/sbin/mastodonctl release record "$1"; }

# serve VERSION WEB STREAMING: whatever starts from now on is of that release.
serve() { /usr/local/sbin/mastodonctl release serve "$*"; }
