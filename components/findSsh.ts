import { createHash } from 'node:crypto';

/** For how long the web may answer while SSH doesn't, in seconds. */
const PATIENCE = 20;

/** For how long neither needs to answer, as in a reboot, in seconds. */
const LONGEST_BOOT = 300;

/**
 * The shell command that waits until SSH takes connections. A machine whose web server answers is up: SSH must, too, unless
 * a firewall keeps it from this computer.
 */
export function findSsh(ip: string, vpnCidrs: readonly string[]): string {
  return `
answers() { curl --silent --output /dev/null --http0.9 --connect-timeout 4 --max-time 6 "http://${ip}:$1/"; case $? in 7 | 28) return 1 ;; esac; }
fail() { echo "$1" >&2; exit 1; }
begin=$(date +%s) shut=
until answers 22; do
	now=$(date +%s)
	if answers 80; then shut=\${shut:-$now}; else shut=; fi
	[ -z "$shut" ] || [ $((now - shut)) -lt ${String(PATIENCE)} ] ||
		fail "SSH does not answer at ${ip}, port 22 (tried for $((now - shut)) s), but the web does, port 80: the machine runs, and does not let this computer in. SSH is open to ${vpnCidrs.join(', ')} only (setting vpnCidrs): are you on the VPN? Nothing was changed on the machine; run pulumi up again from there."
	[ $((now - begin)) -lt ${String(LONGEST_BOOT)} ] ||
		fail "Nothing answers at ${ip}, neither SSH (port 22) nor the web (port 80), for ${String(LONGEST_BOOT)} s. Is the machine on? Its console is in Civo's dashboard. Then run pulumi up again."
	sleep 1
done`.trim();
}

export const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
