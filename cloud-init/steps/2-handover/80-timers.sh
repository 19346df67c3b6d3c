# shellcheck shell=bash
# Timers, and the first run of each, so that there is something from the first hour. The marks also tell the watch from when
# on something has to be there.
firsts=(backup dump)
timers=(mastodon-backup.timer mastodon-dump.timer mastodon-proof.timer mastodon-watch.timer certbot.timer
	mastodon-housekeeping@{daily,weekly,monthly}.timer mastodon-reboot.timer)
if grep --quiet '^\[secondary\]' /etc/mastodon/rclone.conf; then
	timers+=(mastodon-secondary.timer)
	firsts+=(secondary)
elif systemctl --quiet is-enabled mastodon-secondary.timer; then
	change 'stop mastodon-secondary.timer' disable mastodon-secondary.timer
fi
# Without the setting alerts.releases there is no such unit.
if [[ -e /etc/systemd/system/mastodon-releases.timer ]]; then
	timers+=(mastodon-releases.timer)
elif [[ -e $state/releases.json || -e $state/alerts/mastodon-releases.service ]]; then
	change 'forget what is known of newer releases' /usr/local/sbin/mastodonctl releases --forget
fi
for timer in "${timers[@]}"; do
	if ! systemctl --quiet is-enabled "$timer" || ! systemctl --quiet is-active "$timer"; then
		change "start $timer" systemctl enable --now --quiet "$timer"
	fi
done
systemctl --quiet is-enabled mastodon-restore.service ||
	change 'take up interrupted restores at each boot' systemctl enable --quiet mastodon-restore.service
start_first() {
	systemctl start --no-block "mastodon-$1.service"
	touch "$state/done/first-$1"
}
for first in "${firsts[@]}"; do
	[[ -e $state/done/first-$first ]] || change "start the first run of mastodon-$first.service" start_first "$first"
done

# Whether a media object that was deleted or overwritten can be brought back. Housekeeping sees to it each day.
see_versions() {
	local versioning problem
	/usr/local/lib/mastodon/keep-versions || return 0
	versioning=$(jq --raw-output '.media.versioning' "$state/kept-versions.json")
	problem=$(jq --raw-output '.media.problem | if . == "" then "" else "; " + . end' "$state/kept-versions.json")
	[[ $versioning != Enabled ]] || { echo 'The media bucket keeps deleted objects for 30 days (versions).' && return; }
	if grep --quiet '^\[secondary\]' /etc/mastodon/rclone.conf; then
		echo "The media bucket keeps no deleted objects (versions: $versioning$problem). The second copy keeps them for 30 days."
	else
		echo "The media bucket keeps no deleted objects (versions: $versioning$problem), and there is no second copy (setting backup.secondary): what is deleted is lost."
	fi
}
when_changed kept-versions 'see whether deleted media can be brought back' see_versions /etc/mastodon/rclone.conf
