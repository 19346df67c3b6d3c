# shellcheck shell=bash
# The distribution's packages. What a killed run left half-configured is finished first.
install_packages() {
	local apt=(apt-get --quiet --yes -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold -o Acquire::Retries=5)
	dpkg --configure -a --force-confold
	"${apt[@]}" update || echo 'apt-get update failed: going on with the package lists that are there' >&2
	"${apt[@]}" install --no-install-recommends "$@"
}

# require_packages NAME…: installs those that are missing.
require_packages() {
	local installed missing
	installed=$(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | sort) || true
	mapfile -t missing < <(comm -23 <(printf '%s\n' "$@" | sort) <(echo "$installed"))
	if ((${#missing[@]})); then change "install ${missing[*]}" install_packages "${missing[@]}" >"$scratch/apt" || {
		tail -n 30 "$scratch/apt" >&2
		fail "these packages could not be installed: ${missing[*]}"
	}; fi
}
mapfile -t packages <"$bundle/packages"
require_packages "${packages[@]}"
