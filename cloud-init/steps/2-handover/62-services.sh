# shellcheck shell=bash disable=SC2034
# Which services this machine has, in the order in which they are applied. The target starts whatever does not run, all at
# once. What runs and has to change is restarted one after the other, each once the one before it works: so of the two web
# processes one is always there.
mastodon_units=(mastodon.target mastodon-web@{1,2}.service mastodon-streaming.service)
for file in /etc/mastodon/sidekiq/*.env; do mastodon_units+=("mastodon-sidekiq@$(basename "$file" .env).service"); done

# Its queue is another process's from now on. Before that one starts: or the schedule would be kept twice.
for unit in $(systemctl list-units --plain --no-legend --state=active,activating 'mastodon-sidekiq@*' | cut -d' ' -f1); do
	[[ " ${mastodon_units[*]} " == *" $unit "* ]] || change "stop $unit" stop_unit "$unit"
done
