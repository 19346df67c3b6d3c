#!/bin/sh
# find-ssh.sh ADDRESS CIDR…: waits until SSH takes connections. A machine whose web server answers is up: then SSH must answer,
# too, unless a firewall keeps it from this computer.
address=$1
shift

answers() {
	curl --silent --output /dev/null --http0.9 --connect-timeout 4 --max-time 6 "http://$address:$1/"
	case $? in 7 | 28) return 1 ;; esac # can't connect, or not in time
}
fail() {
	echo "$1" >&2
	exit 1
}

begin=$(date +%s) shut=''
until answers 22; do
	now=$(date +%s)
	if answers 80; then shut=${shut:-$now}; else shut=''; fi
	if [ "$shut" ] && [ $((now - shut)) -ge 15 ]; then
		fail "SSH does not answer at $address, port 22 (tried for $((now - begin)) s), but the web does, port 80: the machine runs, and does not let this computer in. SSH is open to $* only (setting vpnCidrs): are you on the VPN? Nothing was changed on the machine; run pulumi up again from there."
	fi
	# Long enough for a reboot.
	if [ $((now - begin)) -ge 300 ]; then
		fail "Nothing answers at $address, neither SSH (port 22) nor the web (port 80), for 5 minutes. Is the machine on? Its console is in Civo's dashboard. Then run pulumi up again."
	fi
	sleep 1
done
