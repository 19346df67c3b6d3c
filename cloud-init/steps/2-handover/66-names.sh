# shellcheck shell=bash
# The names that have to lead here: before an authority is asked for a certificate, since it counts failed attempts; and before the
# owner is made, whose e-mail domain is often one of them.
public_address=$(</etc/mastodon/address.conf)
mapfile -t names < <(printf '%s\n' "$web_domain" "$domain" "$media_domain" | awk '!seen[$0]++')

# await_names: until every name leads here.
await_names() {
	local name found deadline=$((SECONDS + 900)) said=''
	for name in "${names[@]}"; do
		until found=$(getent ahostsv4 "$name" | awk '$2 == "STREAM" { print $1; exit }') && [[ $found == "$public_address" ]]; do
			((SECONDS < deadline)) || fail "$name leads to ${found:-no address}; expected $public_address. Create the DNS record ($name A $public_address) and run pulumi up again."
			[[ $said == "$name" ]] || echo "waiting for the DNS record $name A $public_address (now: ${found:-none}) …"
			said=$name
			sleep 2
		done
	done
}
