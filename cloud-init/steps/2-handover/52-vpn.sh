# shellcheck shell=bash
# The WireGuard end point, where the stack has one (setting vpn).
if [[ -e /etc/wireguard/wg0.conf ]]; then
	require_packages wireguard-tools
	apply wg-quick@wg0.service
elif systemctl --quiet is-enabled wg-quick@wg0.service 2>/dev/null; then
	change 'close the VPN' disable wg-quick@wg0.service
fi
