#!/bin/bash
# worker.sh NODE ARGUMENT…: runs a worker of Jest on a computer of its own: network, mounts and processes of its own.
# When the worker or its parent ends, the kernel removes all of it: machines, daemons, mounts, interfaces.
set -euo pipefail

if [[ ${WORKER_STAGE:-} == '' ]]; then
	# Machines that were cloned have the same name, and so would have the same control group.
	hierarchy=$(findmnt --noheadings --first-only --output TARGET --types cgroup2)
	group=$hierarchy$(sed -n 's/^0:://p' /proc/self/cgroup)/$TEST_RUN/$$
	mkdir -p "$group"
	echo $$ >"$group/cgroup.procs"
	# A process lives no longer than its parent: setpriv sees to the first, unshare to the rest.
	export WORKER_STAGE=namespaces WORKER_PID=$$
	exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc -- "$0" "$@"
fi

# This shell is the first process in there: it stays, to take the exit status of orphans.
if [[ $WORKER_STAGE == namespaces ]]; then
	export WORKER_STAGE=network
	# Jest names the unfinished files of its cache by the number of the process, which would be the same in each namespace.
	echo $((WORKER_PID * 997 % 30000 + 1000)) >/proc/sys/kernel/ns_last_pid
	# A path that is short enough for sockets (unix(7): 108 bytes).
	mount --bind "$CLONES" /srv
	export CLONES=/srv
	mkdir -p /run/netns
	mount -t tmpfs tmpfs /run/netns
	ip netns add worker
	# The way out, for package registries, without a route or a rule on the host.
	slirp4netns --configure --mtu=1400 --netns-type=path /run/netns/worker tap0 </dev/null >/dev/null 2>&1 3>&- &
	nsenter --net=/run/netns/worker -- "$0" "$@"
	exit
fi

# /sys shows the interfaces of the network in which it was mounted. The control groups below it are kept.
mount --rbind /sys/fs/cgroup /mnt
mount -t sysfs sysfs /sys
mount --rbind /mnt /sys/fs/cgroup
umount --lazy /mnt
ip link set lo up
for ((tries = 100; tries > 0; tries--)); do
	[[ $(ip -oneline -4 address show dev tap0 2>/dev/null) ]] && break
	sleep 0.05
done
unset WORKER_STAGE
exec "$@"
