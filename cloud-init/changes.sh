# shellcheck shell=bash
# How the steps of converge change this machine, and how they end the run. Sourced by converge: $state, $dry_run and $changes are its.

# change DESCRIPTION COMMAND…: the only way in which anything is changed: said first, and only said in a dry run.
change() {
	echo "  ~ $1"
	changes=$((changes + 1))
	[[ $dry_run ]] || "${@:2}"
}

fail() {
	echo "converge: $1" >&2
	exit 1
}

# number TEXT…: prints what is a number, and fails otherwise: in arithmetic, bash runs the text x[$(command)] as a command.
number() {
	local text
	for text in "$@"; do [[ $text =~ ^-?[0-9]+$ ]] || fail "expected a number, got '${text:0:60}'"; done
	echo "$@"
}

# digest FILE…: of the contents, one after the other; a file that is missing is empty.
digest() { cat -- "$@" 2>/dev/null | sha256sum | cut -c1-64; }

# when_changed NAME DESCRIPTION COMMAND FILE…: runs COMMAND, which is split into words, unless it succeeded before with the same contents
# of the FILEs. No eval: bash 5.2 prints an error of its own (pop_var_context) where that fails under set -e.
when_changed() {
	local record=$state/done/$1 now
	now=$(digest "${@:4}")
	if [[ ! -f $record || $(<"$record") != "$now" ]]; then
		# shellcheck disable=SC2086
		change "$2" $3
		[[ $dry_run ]] || put "$record" <<<"$now"
	fi
}

# triggers UNIT Restart|Reload: the files that the unit names in its X-Restart-Triggers= or X-Reload-Triggers=.
triggers() {
	local instance=${1#*@}
	# Unquoted on purpose: the names may be patterns.
	# shellcheck disable=SC2046
	printf '%s\n' $(systemctl cat "$1" 2>/dev/null | sed -n "s/%i/${instance%.*}/g; s/^X-$2-Triggers=//p")
}

# read_since_start UNIT FILE…: whether the unit started after the last change of the files, as after a boot.
read_since_start() {
	local start changed
	start=$(systemctl show --timestamp=us --property=InactiveExitTimestamp --value "$1")
	changed=$(stat --format %.6Y -- "${@:2}" 2>/dev/null | sort --numeric-sort | tail -n 1)
	[[ $start && $changed && $(date --date "$start" +%s.%6N) > $changed ]]
}

# follow UNIT Restart|Reload COMMAND: runs systemctl COMMAND for the unit if a file that it names has changed.
follow() {
	local files now
	mapfile -t files < <(triggers "$1" "$2")
	[[ ${files[*]} ]] || return 0
	if read_since_start "$1" "${files[@]}"; then
		now=$(digest "${files[@]}")
		[[ $dry_run || $(cat "$state/done/$1.$3" 2>/dev/null) == "$now" ]] || put "$state/done/$1.$3" <<<"$now"
	else
		when_changed "$1.$3" "${3%%-*} $1" "systemctl $3 $1" "${files[@]}"
	fi
}

# apply UNIT…: enables and starts a unit, and restarts or reloads it as its triggers say.
apply() {
	local unit
	for unit in "$@"; do
		systemctl --quiet is-enabled "$unit" || change "enable $unit" systemctl enable --quiet "$unit"
		follow "$unit" Restart restart
		follow "$unit" Reload reload-or-restart
		case $(systemctl is-active "$unit") in
		active) ;;
		activating) [[ $dry_run ]] || systemctl start "$unit" ;; # as after a boot: waited for
		*) change "start $unit" systemctl start "$unit" ;;
		esac
	done
}
