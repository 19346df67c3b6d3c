# shellcheck shell=bash
# The distribution's packages. What a killed run left half-configured is finished first.
apt=(apt-get --quiet --yes -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold -o Acquire::Retries=5)
lists_problem=''

# update_lists: sets $lists_problem where the lists can't be fetched. Those that are there may do.
# Acquire::Retries repeats a download, and only errors that apt calls transient. The lists' lock is not waited for, and without
# Error-Mode=any a download that fails is a warning, with exit status 0 (apt.conf(5), --error-on in apt-get(8)).
update_lists() {
	local try
	for try in {1..5}; do
		((try == 1)) || sleep $((try * 10))
		! timeout 300 "${apt[@]}" -o APT::Update::Error-Mode=any update 2>"$scratch/lists" || { lists_problem='' && return; }
		lists_problem=$(grep '^[EW]:' "$scratch/lists" | head -n 3 || true)
		lists_problem=${lists_problem:-no end within 5 minutes}
		echo "package lists not fetched, try $try of 5: $lists_problem" >&2
	done
}

install_packages() {
	dpkg --configure -a --force-confold
	update_lists
	"${apt[@]}" install --no-install-recommends "$@"
} >"$scratch/apt"

# require_packages NAME…: installs those that are missing.
require_packages() {
	local missing
	mapfile -t missing < <(comm -23 <(printf '%s\n' "$@" | sort) \
		<(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | sort))
	((${#missing[@]} == 0)) || change "install ${missing[*]}" install_packages "${missing[@]}" || {
		tail -n 30 "$scratch/apt" >&2
		[[ ! $lists_problem ]] ||
			fail "could not install ${missing[*]}: the package lists could not be fetched in 5 tries ($lists_problem). Check the machine's name servers and its way to the package mirrors, then run pulumi up again"
		fail "could not install ${missing[*]}"
	}
}
# The number of the user in Mastodon's images: no package may get it for a user of its own.
getent passwd 991 >/dev/null || change "reserve the number of Mastodon's user" useradd --system --uid 991 --user-group --shell /usr/sbin/nologin mastodon
mapfile -t packages <"$bundle/packages"
require_packages "${packages[@]}"
