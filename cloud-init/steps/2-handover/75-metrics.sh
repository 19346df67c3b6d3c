# shellcheck shell=bash
# Figures for Prometheus, where the stack shows them (setting metrics): the exporters listen on this machine alone, and nginx
# shows to the VPN what they tell.
exporters=(prometheus-{node,postgres,redis,nginx}-exporter)
if [[ -e /etc/nginx/sites-enabled/metrics.conf ]]; then
	[[ $(query "SELECT 1 FROM pg_roles WHERE rolname = 'prometheus'") ]] ||
		change 'make the role prometheus' query 'CREATE ROLE prometheus LOGIN; GRANT pg_monitor TO prometheus'
	require_packages "${exporters[@]}"
	[[ -d $state/metrics ]] || change "make $state/metrics" mkdir "$state/metrics"
	apply "${exporters[@]/%/.service}" mastodon-metrics.service
else
	for unit in "${exporters[@]/%/.service}"; do
		! systemctl --quiet is-enabled "$unit" 2>/dev/null || change "stop $unit" disable "$unit"
	done
fi
