#!/bin/bash
# power.sh MACHINE ARGUMENT…: runs systemd-nspawn until the machine is powered off; a reboot from inside starts it again.
# SIGTERM shuts the machine down.
machine=$1
shift
mkdir -p /run/systemd/nspawn
# nspawn cleans up below /run between two boots, and refuses where that is a disk. This mount is seen by us alone.
mount -t tmpfs tmpfs /run/systemd/nspawn

# Machines in one control group would wait for each other's processes.
group=$(findmnt --noheadings --first-only --output TARGET --types cgroup2)$(sed -n 's/^0:://p' /proc/self/cgroup)/$machine
mkdir -p "$group"
run() {
	echo "$BASHPID" >"$group/cgroup.procs"
	exec systemd-nspawn --machine="$machine" "$@"
}

REBOOT=133
off=''
trap 'off=yes; kill -TERM "$nspawn"' TERM
while :; do
	run "$@" &
	nspawn=$!
	until
		wait "$nspawn"
		status=$?
		! kill -0 "$nspawn" 2>/dev/null
	do :; done
	[[ $status == "$REBOOT" && ! $off ]] || exit "$status"
done
