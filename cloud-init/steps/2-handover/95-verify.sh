# shellcheck shell=bash
# The last word: the server answers over HTTPS, and media can be written and read back through the media host.
[[ ! $dry_run ]] || return 0

# The one-time host key has done its work: this run was verified with the lasting one. Its line goes, too: an update of the
# package makes a key of that name anew, which nobody has verified.
if [[ -e /etc/ssh/sshd_config.d/first-boot.conf ]]; then
	change 'remove the one-time host key' rm -f /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ecdsa_key.pub /etc/ssh/sshd_config.d/first-boot.conf
	follow ssh.service Reload reload-or-restart
fi

here() { curl --silent --show-error --insecure --max-time 20 --resolve "*:443:127.0.0.1" "$@"; }
here --fail --retry 20 --retry-delay 1 --retry-all-errors "https://$web_domain/health" >/dev/null ||
	fail "https://$web_domain/health does not answer"

prove_media() {
	local probe
	probe=probe-$(openssl rand -hex 8)
	date >"$scratch/probe"
	s3cmd --config /etc/mastodon/s3cmd.conf --quiet put "$scratch/probe" "s3://$media_bucket/$probe"
	here --fail "https://$media_domain/$probe" | cmp --silent - "$scratch/probe" || fail "an object of the bucket $media_bucket can't be read at https://$media_domain: the bucket's policy was not obeyed"
	s3cmd --config /etc/mastodon/s3cmd.conf --quiet del "s3://$media_bucket/$probe"
}
when_changed media-proof 'prove that media can be written and read' prove_media /etc/mastodon/s3cmd.conf /etc/mastodon/media-policy.json \
	/etc/nginx/sites-enabled/mastodon.conf

# By Mastodon's own client: a store may refuse what that sends, and take what s3cmd sends. Of a new server it is proven before
# anybody is let in (70-mastodon); behind the start, a bucket that is full keeps no server down that was there before.
prove_store() { rails_once store_proof.rb || fail "Mastodon can't use the bucket $media_bucket: the line above says why"; }
when_changed store-proof 'prove that Mastodon can use the bucket' prove_store "${store_proof[@]}"

for alert in "$state"/alerts/*; do echo "alert: $(<"$alert")" >&2; done
