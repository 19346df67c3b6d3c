#!/bin/sh
# await-first-boot.sh ADDRESS: waits until nginx leads to HTTPS, which is the last step of a first boot, or until that boot has
# failed: the machine then keeps the end of its log in a file, and SSH shows it. $HOST_KEY is the machine's one-time host key;
# the private key to log in with comes on standard input.
address=$1
limit=1200 # seconds: packages and images may come over a slow network

[ "$address" ] || { echo 'the machine has no address of its own to be asked at' && exit; }

umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/key"
echo "$address $HOST_KEY" >"$folder/known_hosts"

leads_to_https() {
	[ "$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "http://$address/")" = 301 ]
}

# Prints nothing during the boot, nor where SSH refuses this computer: then only the wait's end shows.
failure() {
	ssh -n -T -F none -i "$folder/key" -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile="$folder/known_hosts" \
		-o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o HostKeyAlgorithms=ecdsa-sha2-nistp256 \
		-o ConnectTimeout=10 -o LogLevel=QUIET "deploy@$address" sudo cat /run/mastodon/boot-failure 2>/dev/null
}

begin=$(date +%s)
looks=0
until leads_to_https; do
	looks=$((looks + 1))
	if [ $((looks % 5)) = 0 ] && failure >"$folder/failure" && [ -s "$folder/failure" ]; then
		cat "$folder/failure" >&2
		echo "The first boot of the machine at $address failed; above is the end of its log. The machine tries again each minute, for half an hour. If the cause may pass by itself (a package mirror, a registry), run pulumi up again. If a setting is wrong, correct it and raise generation by one: the script of a machine never changes, so a new one is made." >&2
		exit 1
	fi
	if [ $(($(date +%s) - begin)) -ge "$limit" ]; then
		echo "The first boot of the machine at $address is not over after $((limit / 60)) minutes: nginx does not lead to HTTPS there, on port 80. Its console is in Civo's dashboard, its log is /var/log/mastodon-boot.log. Run pulumi up again to wait longer; to make the machine again, raise generation by one." >&2
		exit 1
	fi
	sleep 2
done
