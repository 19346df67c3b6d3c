# shellcheck shell=bash
# The certificate for all our names, by HTTP-01. Renewal is certbot's own timer.
ask_authority() {
	certbot certonly --quiet --non-interactive --agree-tos --email "$acme_contact" --server "$acme_directory" \
		--cert-name mastodon --expand "$1" --webroot --webroot-path /var/www/acme "${names[@]/#/--domain=}" \
		>"$scratch/certbot" 2>&1
}

obtain() {
	local renewal=--keep-until-expiring attempts=0
	await_names
	# A certificate of another authority (say, its staging one) is not worth keeping.
	grep --quiet --no-messages "^server = $acme_directory$" /etc/letsencrypt/renewal/mastodon.conf || renewal=--force-renewal
	until ask_authority "$renewal"; do
		# A nonce may be refused at any time, and costs nothing; everything else counts against a limit.
		{ ((attempts++ < 3)) && grep --quiet 'anti-replay nonce' "$scratch/certbot"; } ||
			fail "no certificate from $acme_directory for ${names[*]}: $(tail -n 20 "$scratch/certbot")"
	done
	mkdir -p /etc/mastodon/tls
	for file in fullchain privkey; do ln -sfn "/etc/letsencrypt/live/mastodon/$file.pem" "/etc/mastodon/tls/$file.pem"; done
	systemctl reload nginx.service
}
printf '%s\n' "$acme_directory" "${names[@]}" >"$scratch/certificate"
when_changed certificate "get a certificate for ${names[*]}" obtain "$scratch/certificate"
cmp --quiet /etc/letsencrypt/live/mastodon/fullchain.pem /var/lib/mastodon/kept-certificate.pem ||
	change 'keep a copy of the certificate in the backup bucket' /usr/local/lib/mastodon/certificate keep
