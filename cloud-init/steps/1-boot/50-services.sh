# shellcheck shell=bash
# PostgreSQL's settings, Redis and nginx, fitted to the machine. nginx answers with a self-signed certificate until there is a real one.
[[ $dry_run ]] || /usr/local/lib/mastodon/tune
systemctl --quiet is-enabled mastodon-tune.service || change 'tune at each boot' systemctl enable --quiet mastodon-tune.service

# As pg_lsclusters finds it, which takes longer than all of this step.
cluster=''
for file in /etc/postgresql/*/main/postgresql.conf; do
	cluster=${file#/etc/postgresql/}
	cluster=${cluster%%/*}
	break
done
[[ $cluster || $dry_run ]] || fail 'PostgreSQL has no cluster "main"; expected the one that its package makes'
for name in postgresql postgresql-tuning; do
	link=/etc/postgresql/$cluster/main/conf.d/$name.conf
	[[ -L $link ]] || change "read $name.conf in PostgreSQL" ln -s "/etc/mastodon/$name.conf" "$link"
done

self_sign() {
	mkdir -p /etc/mastodon/tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$web_domain" \
		-keyout /etc/mastodon/tls/privkey.pem -out /etc/mastodon/tls/fullchain.pem 2>/dev/null
}
[[ -e /etc/mastodon/tls/fullchain.pem ]] || change 'make a self-signed certificate' self_sign
[[ ! -e /etc/nginx/sites-enabled/default ]] || change "remove nginx's default site" rm /etc/nginx/sites-enabled/default
for folder in /var/cache/nginx /var/www/acme; do [[ -d $folder ]] || change "make $folder" mkdir -p "$folder"; done

# nginx looks names up by itself (the bucket's address may change), so it must be configured where. It wants IPv6 in brackets, and knows no
# link-local address with its interface, fe80::1%eth0 (ngx_inet6_addr, nginx 1.24).
resolver_of() {
	local servers
	servers=$(awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ { printf "%s ", $2 }
		$1 == "nameserver" && $2 ~ /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/ { printf "[%s] ", $2 }' "$1")
	[[ $servers ]] || fail "$1 has no name server that nginx can ask, so media could not be fetched from their bucket; expected a line such as 'nameserver 127.0.0.53'. On the machine: resolvectl status"
	echo "resolver ${servers}valid=60s ipv6=off;"
}
resolver_of /etc/resolv.conf >"$scratch/resolver.conf"
cmp --silent "$scratch/resolver.conf" /etc/nginx/mastodon/resolver.conf ||
	change 'tell nginx the name servers' place "$scratch/resolver.conf" /etc/nginx/mastodon/resolver.conf 644 root:root

# PostgreSQL starts with these settings once this machine may write.
apply redis-server.service
[[ $dry_run ]] || nginx -tqc /etc/mastodon/nginx.conf 2>"$scratch/nginx" || fail "nginx refuses its configuration: $(<"$scratch/nginx")"
apply nginx.service
