#!/bin/bash
# power.sh ARGUMENT…: runs systemd-nspawn until the machine is powered off; a reboot from inside starts it again.
# SIGTERM shuts the machine down.
mkdir -p /run/systemd/nspawn
# nspawn cleans up below /run between two boots, and refuses where that is a disk. This mount is seen by us alone.
mount -t tmpfs tmpfs /run/systemd/nspawn

REBOOT=133
off=''
trap 'off=yes; kill -TERM "$nspawn"' TERM
while :; do
	systemd-nspawn "$@" &
	nspawn=$!
	until
		wait "$nspawn"
		status=$?
		! kill -0 "$nspawn" 2>/dev/null
	do :; done
	[[ $status == "$REBOOT" && ! $off ]] || exit "$status"
done
