# shellcheck shell=bash
# Mastodon itself: media bucket, the owner, and the services.

# rails_once SCRIPT…: scripts of /usr/local/share/mastodon/once in one process of Rails, which takes 12 s to start. No log: it would
# be the journal.
rails_once() {
	podman run --rm --network host --pull never --log-driver none --env HOME=/tmp --env RAILS_LOG_LEVEL=warn \
		--env-file /etc/mastodon/mastodon.env --env-file /etc/mastodon/secrets.env --env-file /etc/mastodon/rails.env --env-file /etc/mastodon/owner.env \
		--volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro --volume /usr/local/share/mastodon/once:/once:ro \
		localhost/mastodon-web:serving bundle exec rails runner 'ARGV.each { |script| load script }' "${@/#//once/}" </dev/null
}

# Objects carry no access list: the bucket's policy lets anyone read media, which are public by nature. It names their folders: people's
# archives (backups/) and lists (imports/) are in the same bucket, and what it doesn't name is private.
open_media() { s3cmd --config /etc/mastodon/s3cmd.conf --quiet setpolicy /etc/mastodon/media-policy.json "s3://$media_bucket"; }
media_bucket=$(sed -n 's/^S3_BUCKET=//p' /etc/mastodon/secrets.env)
when_changed media-policy 'let anyone read media in their bucket' open_media /etc/mastodon/media-policy.json /etc/mastodon/s3cmd.conf

owner_username=$(sed -n 's/^OWNER_USERNAME=//p' /etc/mastodon/owner.env)
owner_email=$(sed -n 's/^OWNER_EMAIL=//p' /etc/mastodon/owner.env)
owner_exists() { query_mastodon "SELECT 1 FROM public.users WHERE email = lower(:'email')" --set "email=$owner_email"; }

# Whether another server moves in, and has not: only the owner has an account, and no import has left its mark.
awaits_import() {
	[[ $(</etc/mastodon/adopted-from) == server ]] || return 1
	[[ $(query_mastodon "SELECT to_regclass('operations.import') IS NULL AND NOT EXISTS (SELECT FROM public.users WHERE email <> lower(:'email'))" \
		--set "email=$owner_email") == t ]]
}

# What the proof of the bucket (95-verify) depends on: a new release has a new client.
store_proof=(/etc/mastodon/s3cmd.conf /etc/mastodon/release /usr/local/share/mastodon/once/store_proof.rb)

# The mark survives a kill half-way; without it an existing account is left alone. The proof of the bucket shares this start of Rails.
create_owner() {
	await_names
	touch "$state/owner-pending"
	rails_once store_proof.rb owner.rb
	digest "${store_proof[@]}" | put "$state/done/store-proof"
	rm "$state/owner-pending"
}
if [[ -e $state/owner-pending || ! -e $state/done/owner ]]; then
	if [[ -e $state/owner-pending || ! $(owner_exists) ]]; then change "create the owner $owner_username" create_owner; fi
	if awaits_import; then change 'keep visitors out until the old server has moved in' touch "$state/moving-in"; fi
	[[ $dry_run ]] || touch "$state/done/owner"
fi

apply "${mastodon_units[@]}"

# Every process uses the new password by now, so lock the old roles.
closed=$(query "SELECT format('ALTER ROLE %I NOLOGIN;', rolname) FROM pg_roles
	WHERE rolname ~ '^mastodon(_|$)' AND rolname <> :'login' AND rolcanlogin" --set "login=$db_login")
[[ ! $closed ]] || change 'close the former logins of the database' query "$closed"
[[ ! -e $state/maintenance ]] || change 'let visitors in' rm "$state/maintenance"
[[ ! -e $state/moving-in ]] || echo "Visitors and other servers get 503 until the old server has moved in: bin/mastodon import --dump …; to open without it: sudo rm $state/moving-in"
