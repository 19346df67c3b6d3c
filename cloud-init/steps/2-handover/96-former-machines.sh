# shellcheck shell=bash
# Machines that were declared dead: what they had not sent to the backup bucket exists on them only. Until an administrator says that
# it isn't needed, this run fails at its end, where all is served already, so that `pulumi up` deletes none of them.
[[ ! $dry_run ]] || return 0

# Python takes longer to start than this step may.
! jq --exit-status '.left // [] | . == []' "$state/lease.json" >/dev/null 2>&1 || return 0
left=$(/usr/local/sbin/mastodonctl lease left) || fail 'the machines that were declared dead are not known; the line above says why'
if [[ $left ]]; then
	left=${left//$'\n'/ }
	fail "this machine took over while $left gave no sign. It serves, but what $left had not sent to the backup bucket exists there only, so that machine is not deleted. Look for what is missing there; once it isn't needed any more, run on this machine: sudo mastodonctl lease abandon ${left%% *}, and then pulumi up again."
fi
