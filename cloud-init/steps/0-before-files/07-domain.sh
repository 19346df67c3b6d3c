# shellcheck shell=bash
# A server that lives can't get another domain: its accounts and posts have the old one in their names, everywhere. With dns civo the
# zone is protected; with external nothing but this says so. Before any file of the other domain lands: a restart would read it.
served=$(jq --raw-output '.domain // empty' "$state/lease.json" 2>/dev/null || true)
[[ ! $served || $served == "$domain" ]] ||
	fail "domain = $domain, and this server is $served; expected $served: other servers know its accounts and posts by that name alone. Nothing was changed. Set it back: pulumi config set domain $served, then pulumi up. A server of $domain is another stack."
