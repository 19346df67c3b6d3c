# shellcheck shell=bash
# The last word: the server answers over HTTPS, and media can be written and read back through the media host.
[[ ! $dry_run ]] || return 0

# The one-time host key has done its work: this run was verified with the lasting one. Its line goes, too: an update of the
# package makes a key of that name again, unverified.
if [[ -e /etc/ssh/sshd_config.d/first-boot.conf ]]; then
	change 'remove the one-time host key' rm -f /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ecdsa_key.pub /etc/ssh/sshd_config.d/first-boot.conf
	look_at ssh.service
	follow ssh.service Reload reload-or-restart
fi

here() { curl --silent --show-error --insecure --max-time 20 --resolve "*:443:127.0.0.1" "$@"; }
here --fail --retry 20 --retry-delay 1 --retry-all-errors "https://$web_domain/health" >/dev/null ||
	fail "https://$web_domain/health does not answer"

# s3 COMMAND…: with the key of the media bucket.
s3() { s3cmd --config /etc/mastodon/s3cmd.conf --quiet "$@"; }

# unsigned URL: the status that a client without a key gets.
unsigned() { curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' "$1" || true; }

prove_media() {
	local probe
	probe=probe-$(openssl rand -hex 8)
	date >"$scratch/probe"
	s3 put "$scratch/probe" "s3://$media_bucket/$probe"
	here --fail "https://$media_domain/$probe" | cmp --silent - "$scratch/probe" || fail "an object of the bucket $media_bucket can't be read at https://$media_domain: the bucket's policy was not obeyed"
	s3 del "s3://$media_bucket/$probe"
}

# Archives of people's posts are below backups/. A store may take a while to obey another policy.
prove_archives_are_private() {
	local probe store status tries=0
	probe=backups/probe-$(openssl rand -hex 8)
	store=$(sed -n 's/^host_base = //p' /etc/mastodon/s3cmd.conf)
	date >"$scratch/probe"
	s3 put "$scratch/probe" "s3://$media_bucket/$probe"
	until status=$(unsigned "https://$store/$media_bucket/$probe") && [[ $status == 40[134] ]]; do
		((tries++ < 10)) || break
		sleep 3
	done
	s3 del "s3://$media_bucket/$probe"
	[[ $status == 40[134] ]] ||
		fail "the store answered $status to a request without a key for an object below backups/ of the bucket $media_bucket, where the archives of people's posts are; expected 403. The bucket's policy was not obeyed: s3cmd --config /etc/mastodon/s3cmd.conf info s3://$media_bucket shows it"
}

media_files=(/etc/mastodon/s3cmd.conf /etc/mastodon/media-policy.json /etc/nginx/sites-enabled/media.conf)
when_changed media-proof 'prove that media can be written and read' prove_media "${media_files[@]}"
when_changed archive-proof 'prove that archives need a signature' prove_archives_are_private "${media_files[@]}"

# By Mastodon's own client: a store may refuse what that sends, and take what s3cmd sends. Of a new server it is proven before
# anybody is let in (70-mastodon); behind the start, a bucket that is full keeps no server down that was there before.
prove_store() { rails_once store_proof.rb || fail "Mastodon can't use the bucket $media_bucket: the line above says why"; }
when_changed store-proof 'prove that Mastodon can use the bucket' prove_store "${store_proof[@]}"

for alert in "$state"/alerts/*; do
	if texts_may_be_shown; then echo "alert: $(<"$alert")" >&2; else echo "alert: $(basename "$alert"); bin/mastodon status shows its text" >&2; fi
done
