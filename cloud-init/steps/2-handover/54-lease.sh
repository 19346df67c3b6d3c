# shellcheck shell=bash
# The lease: of a stack's machines only the one that holds it may write, as everything behind this step does.
[[ ! -e $state/superseded ]] || fail "this machine must not serve: $(<"$state/superseded")"

take_lease() {
	# A new machine is looked at by visitors already.
	[[ -e $state/done/database-origin ]] || touch "$state/maintenance"
	/usr/local/sbin/mastodonctl lease take "$domain"
}
# A daemon that starts is waited for below.
[[ $(systemctl is-active mastodon-lease.service) =~ ^(active|activating)$ ]] || change 'take the lease of this stack' take_lease
apply mastodon-lease.service mastodon-lease-guard.timer
