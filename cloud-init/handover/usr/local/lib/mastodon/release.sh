# shellcheck shell=bash disable=SC2034
# Which release of Mastodon there is: wanted by the settings, serving on this machine, and the one that the database belongs to.
# Sourced behind database.sh. A release is one line: its version and its two images, by digest.
# shellcheck disable=SC2154 # state: of database.sh
wanted=/etc/mastodon/release
serving=$state/release
tasks=/etc/mastodon/release-tasks # lines of a version and a command
done_tasks=$state/release-tasks
web_domain=$(sed -n 's/^WEB_DOMAIN=//p' /etc/mastodon/mastodon.env)

# recorded_release: in the database, so that it goes along with it into backups, dumps and to other machines. Nothing in one that came
# from elsewhere, or that holds something else: the table is Mastodon's own, so it may say anything.
recorded_release() {
	local release number='(0|[1-9][0-9]{0,5})'
	release=$(query_mastodon 'SELECT release FROM operations.release' 2>/dev/null) || return 0
	[[ ${#release} -lt 1000 && $release =~ ^${number}\.${number}\.${number}[A-Za-z0-9+.-]*(\ [A-Za-z0-9@:/._-]+){2}$ ]] || return 0
	echo "$release"
}

record_release() {
	query_mastodon "CREATE SCHEMA IF NOT EXISTS operations;
		CREATE TABLE IF NOT EXISTS operations.release (release text NOT NULL);
		BEGIN; DELETE FROM operations.release; INSERT INTO operations.release VALUES (:'release'); COMMIT" --set "release=$1"
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

# processes: the unit of each of Mastodon's processes on this machine.
processes() {
	printf '%s\n' mastodon-web@{1,2} mastodon-streaming
	find /etc/mastodon/sidekiq -name '*.env' -printf 'mastodon-sidekiq@%f\n' | sed 's/\.env$//' | sort
}

# deviation WEB STREAMING: the first process that does not run, or that runs another image; nothing if each runs its own. Mastodon's
# pages are no witness: it keeps /nodeinfo/2.0 for 30 minutes in Redis, under a name without a version, and nginx does, too.
deviation() {
	local unit units containers
	mapfile -t units < <(processes)
	for unit in "${units[@]}"; do
		systemctl --quiet is-active "$unit" || { echo "$unit is $(systemctl is-active "$unit")" && return; }
	done
	containers=$(podman container inspect --format '{{.Name}} {{.Image}}' "${units[@]/@/-}" 2>&1) || { echo "$containers" && return; }
	awk -v web="$(podman image inspect --format '{{.Id}}' "$1")" -v streaming="$(podman image inspect --format '{{.Id}}' "$2")" \
		'$2 != ($1 == "mastodon-streaming" ? streaming : web) { print $1 " runs another image (" $2 ")"; exit }' <<<"$containers"
}
