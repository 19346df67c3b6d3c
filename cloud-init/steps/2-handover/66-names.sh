# shellcheck shell=bash
# The names that have to lead here: before an authority is asked for a certificate, since it counts failed attempts; and before the
# owner is made, whose e-mail domain is often one of them.
public_address=$(</etc/mastodon/address.conf)
names=("$web_domain")
# Another site there has a certificate of its own.
[[ $domain == "$web_domain" || $apex == elsewhere ]] || names+=("$domain")
names+=("$media_domain")

# why_not NAME FOUND: why the name does not lead here yet, with the remedy.
why_not() { /usr/local/lib/mastodon/missing-record --dns "$(</etc/mastodon/dns)" --zone "$domain" -- "$1" "$public_address" "$2"; }

# await_names: until every name leads here.
await_names() {
	local name found deadline=$((SECONDS + 900)) said=''
	for name in "${names[@]}"; do
		until found=$(getent ahostsv4 "$name" | awk '$2 == "STREAM" { print $1; exit }') && [[ $found == "$public_address" ]]; do
			((SECONDS < deadline)) || fail "$(why_not "$name" "$found")"
			[[ $said == "$name" ]] || echo "waiting up to $(((deadline - SECONDS) / 60)) minutes for a DNS record: $(why_not "$name" "$found")"
			said=$name
			sleep 2
		done
	done
}
