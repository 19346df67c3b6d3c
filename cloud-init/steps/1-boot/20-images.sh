# shellcheck shell=bash
# Mastodon's images, by digest, and the static files of the release for nginx to serve. Before the files that name them:
# an image that can't be pulled must not block the next boot. An upgrade then changes to them.
pull() {
	local free needed
	# As large as the one that serves, and a half on top: its files are copied out, too.
	needed=$(number "$(podman image inspect --format '{{.Size}}' localhost/mastodon-web:serving 2>/dev/null || echo 0)")
	free=$(number "$(df --output=avail --block-size=1 /var/lib/containers | tail -n 1 | tr -d ' ')")
	((free >= needed * 3 / 2)) || fail "$(numfmt --to=iec "$free") of the disk are free, and the image $1 needs up to $(numfmt --to=iec "$((needed * 3 / 2))"); make room, or choose a larger size. Nothing was changed"
	podman pull --quiet "$1" >/dev/null ||
		fail "the image $1 could not be pulled; check mastodon.version and its digests in the stack's settings"
}
for image in "$web_image" "$streaming_image"; do
	podman image exists "$image" || change "pull $image" pull "$image"
done

release=/var/www/mastodon/$(sha256sum <<<"$web_image" | cut -c1-12)
copy_static_files() {
	local container
	mkdir -p /var/www/mastodon
	rm -rf "$release.new"
	container=$(podman create --pull=never "$web_image")
	podman cp "$container:/opt/mastodon/public" "$release.new"
	podman rm --force "$container" >/dev/null
	chmod -R u=rwX,go=rX "$release.new"
	into_place "$release.new" "$release"
}
[[ -d $release ]] || change 'copy the static files out of the image' copy_static_files
[[ -e /var/www/mastodon/current ]] ||
	change 'serve the static files of this release' ln -sfn "$release" /var/www/mastodon/current
