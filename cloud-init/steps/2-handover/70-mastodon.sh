# shellcheck shell=bash
# Mastodon itself: media bucket, the owner, and the services.

# in_mastodon COMMAND…: one command in a container of the web image, with Mastodon's own environment.
in_mastodon() {
	podman run --rm --interactive --network host --pull never --env-file /etc/mastodon/mastodon.env \
		--env-file /etc/mastodon/secrets.env --env-file /etc/mastodon/owner.env \
		--volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro localhost/mastodon-web:serving "$@"
}

# Objects carry no access list: the bucket's policy lets anyone read, as media are public by nature.
open_media() { s3cmd --config /etc/mastodon/s3cmd.conf --quiet setpolicy /etc/mastodon/media-policy.json "s3://$media_bucket"; }
media_bucket=$(sed -n 's/^S3_BUCKET=//p' /etc/mastodon/secrets.env)
when_changed media-policy 'let anyone read the media bucket' open_media /etc/mastodon/media-policy.json /etc/mastodon/s3cmd.conf

owner_username=$(sed -n 's/^OWNER_USERNAME=//p' /etc/mastodon/owner.env)
owner_email=$(sed -n 's/^OWNER_EMAIL=//p' /etc/mastodon/owner.env)
owner_exists() {
	as_postgres psql --quiet --no-psqlrc --tuples-only --no-align --set email="$owner_email" mastodon_production \
		<<<"SELECT 1 FROM users WHERE email = lower(:'email')"
}

# The mark survives a kill between the two commands; without it an existing account is left alone.
create_owner() {
	touch "$state/owner-pending"
	[[ $(owner_exists) ]] || in_mastodon tootctl accounts create "$owner_username" --email "$owner_email" \
		--role Owner --confirmed --approve </dev/null >/dev/null
	in_mastodon bundle exec rails runner - <<-'RUBY'
		owner = User.find_by!(email: ENV.fetch('OWNER_EMAIL').downcase)
		owner.update!(password: ENV.fetch('OWNER_PASSWORD'))
	RUBY
	rm "$state/owner-pending"
}
if [[ -e $state/owner-pending || ! -e $state/done/owner ]]; then
	if [[ -e $state/owner-pending || ! $(owner_exists) ]]; then change "create the owner $owner_username" create_owner; fi
	[[ $dry_run ]] || touch "$state/done/owner"
fi

apply "${mastodon_units[@]}"
# All of them have the password of now.
former_logins="rolname ~ '^mastodon(_|$)' AND rolname <> '$db_login' AND rolcanlogin"
closed=$(query "SELECT format('ALTER ROLE %I NOLOGIN;', rolname) FROM pg_roles WHERE $former_logins")
[[ ! $closed ]] || change 'close the former logins of the database' query "$closed"
[[ ! -e $state/maintenance ]] || change 'let visitors in' rm "$state/maintenance"
