# shellcheck shell=bash
# The distribution's packages. What a killed run left half-configured is finished first.
install_packages() {
	local apt=(apt-get --quiet --yes -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold -o Acquire::Retries=5)
	dpkg --configure -a --force-confold
	"${apt[@]}" update || echo 'going on with the package lists that are there' >&2
	"${apt[@]}" install --no-install-recommends "$@"
} >"$scratch/apt"

# require_packages NAME…: installs those that are missing.
require_packages() {
	local missing
	mapfile -t missing < <(comm -23 <(printf '%s\n' "$@" | sort) \
		<(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | sort))
	((${#missing[@]} == 0)) || change "install ${missing[*]}" install_packages "${missing[@]}" || {
		tail -n 30 "$scratch/apt" >&2
		fail "could not install ${missing[*]}"
	}
}
# The number of the user in Mastodon's images: no package may get it for a user of its own.
getent passwd 991 >/dev/null || change "reserve the number of Mastodon's user" useradd --system --uid 991 --user-group --shell /usr/sbin/nologin mastodon
mapfile -t packages <"$bundle/packages"
require_packages "${packages[@]}"
