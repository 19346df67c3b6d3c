# shellcheck shell=bash
# Swap for machines that Mastodon's processes nearly fill: what sleeps makes room for what works, and the kernel kills nothing at
# once. A container would give it to its host.
swap=/var/swap
make_swap() {
	fallocate --length 2G "$swap.new"
	chmod 600 "$swap.new"
	mkswap "$swap.new" >/dev/null
	into_place "$swap.new" "$swap"
}
if (($(number "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)") < 7500)) && ! systemd-detect-virt --quiet --container; then
	[[ -e $swap ]] || change 'make 2 GB of swap' make_swap
	apply var-swap.swap
fi
