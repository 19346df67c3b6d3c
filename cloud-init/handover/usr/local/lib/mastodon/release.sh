# shellcheck shell=bash disable=SC2034
# Which release of Mastodon there is: wanted by the settings, serving on this machine, and the one that the database belongs to.
# Sourced behind database.sh. A release is one line: its version and its two images, by digest.
# shellcheck disable=SC2154 # state: of database.sh
wanted=/etc/mastodon/release
serving=$state/release
tasks=/etc/mastodon/release-tasks # lines of a version and a command
done_tasks=$state/release-tasks
web_domain=$(sed -n 's/^WEB_DOMAIN=//p' /etc/mastodon/mastodon.env)

# recorded_release: in the database, so that it goes along with it into backups and to other machines. Nothing in one that came
# from elsewhere.
recorded_release() { query 'SELECT release FROM operations.release' mastodon_production 2>/dev/null || true; }

record_release() {
	query "SET client_min_messages = warning; SET ROLE mastodon;
		CREATE SCHEMA IF NOT EXISTS operations;
		CREATE TABLE IF NOT EXISTS operations.release (release text NOT NULL);
		BEGIN; DELETE FROM operations.release; INSERT INTO operations.release VALUES ('$1'); COMMIT" mastodon_production
}

# serve VERSION WEB STREAMING: whatever starts from now on is of that release.
serve() {
	local folder current
	folder=/var/www/mastodon/$(sha256sum <<<"$2" | cut -c1-12)
	current=$(readlink /var/www/mastodon/current || true)
	# Pages that are open still ask for the files of the release before; and its image stays for the way back.
	if [[ $current && $current != "$folder" ]]; then ln -sfn "$current" /var/www/mastodon/previous; fi
	if [[ -e $serving ]] && ! grep --quiet --fixed-strings " $2 " "$serving"; then
		podman tag "$(cut -d' ' -f2 "$serving")" localhost/mastodon-web:previous
		podman tag "$(cut -d' ' -f3 "$serving")" localhost/mastodon-streaming:previous
	fi
	podman tag "$2" localhost/mastodon-web:serving
	podman tag "$3" localhost/mastodon-streaming:serving
	ln -sfn "$folder" /var/www/mastodon/current
	record_release "$*"
	echo "$*" >"$serving.new"
	sync "$serving.new" && mv "$serving.new" "$serving" && sync "$state"
}

# each_runs WEB STREAMING: whether every process of Mastodon runs from these images. What its pages say of the version may be
# half an hour old: /nodeinfo/2.0 is cached in Redis, and by nginx (Mastodon's issue 27367). Why not is left in $differs.
each_runs() {
	local container expected found file containers=(mastodon-web-{1,2} mastodon-streaming)
	for file in /etc/mastodon/sidekiq/*.env; do containers+=("mastodon-sidekiq-$(basename "$file" .env)"); done
	for container in "${containers[@]}"; do
		expected=$1
		[[ $container != mastodon-streaming ]] || expected=$2
		found=$(podman container inspect --format '{{.Image}}' "$container" 2>/dev/null) || found=none
		[[ $found == "$(podman image inspect --format '{{.Id}}' "$expected" 2>/dev/null)" ]] || {
			differs="$container runs the image $found; expected $expected"
			return 1
		}
	done
}

# running_release: the version that runs, or what stands in the way of saying one.
running_release() {
	local version web streaming differs=''
	read -r version web streaming <"$serving" 2>/dev/null || { echo none && return; }
	if each_runs "$web" "$streaming"; then echo "$version"; else echo "not $version: $differs"; fi
}
