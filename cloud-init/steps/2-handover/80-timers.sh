# shellcheck shell=bash
# Timers, and the first backup, so that there is one from the first hour.
for timer in mastodon-backup.timer certbot.timer; do
	if ! systemctl --quiet is-enabled "$timer" || ! systemctl --quiet is-active "$timer"; then
		change "start $timer" systemctl enable --now --quiet "$timer"
	fi
done
[[ -e $state/done/first-backup ]] || change 'start the first backup' systemctl start --no-block mastodon-backup.service
[[ $dry_run ]] || touch "$state/done/first-backup"
