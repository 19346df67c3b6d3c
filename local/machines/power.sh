#!/bin/bash
# power.sh MACHINE ARGUMENT…: runs systemd-nspawn until the machine is powered off; a reboot from inside starts it again.
# SIGTERM shuts the machine down. $MEMORY_BYTES and $CPUS are the plan's; which of them this host can enforce goes to $ENFORCED.
machine=$1
shift
mkdir -p /run/systemd/nspawn
# nspawn cleans up below /run between two boots, and refuses where that is a disk. This mount is seen by us alone.
mount -t tmpfs tmpfs /run/systemd/nspawn

# Machines in one control group would wait for each other's processes.
path=$(sed -n 's/^0:://p' /proc/self/cgroup)/$machine
groups=("$(findmnt --noheadings --first-only --output TARGET --types cgroup2)$path")
mkdir -p "${groups[0]}"

# enforce NAME CONTROLLER FILE VALUE FILE-OF-VERSION-2 VALUE: the limit, where the host's control groups have that controller.
enforce() {
	local folder
	folder=$(findmnt --noheadings --first-only --output TARGET --types cgroup --options "$2")
	if [[ $folder ]]; then
		mkdir -p "$folder$path" && echo "$4" >"$folder$path/$3" && groups+=("$folder$path") && echo "$1" >>"$ENFORCED"
	elif [[ -e ${groups[0]}/$5 ]]; then
		echo "$6" >"${groups[0]}/$5" && echo "$1" >>"$ENFORCED"
	fi
}
: >"$ENFORCED"
enforce memory memory memory.limit_in_bytes "$MEMORY_BYTES" memory.max "$MEMORY_BYTES"
enforce processors cpu cpu.cfs_quota_us $((CPUS * 100000)) cpu.max "$((CPUS * 100000)) 100000"

run() {
	local group
	for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
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
