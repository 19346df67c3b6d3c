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
digest() { { cat -- "$@" 2>/dev/null || true; } | sha256sum | cut -c1-64; }

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

# start UNIT: enables it, and has it read its current files. The firewall is reloaded: a stop would open it.
start() {
	local how=reload-or-restart
	! systemctl cat "$1" | grep --quiet '^X-Restart-Triggers=' || how=restart
	systemctl enable --quiet "$1"
	systemctl "$how" "$1"
}

# stop_unit UNIT: for good. One that had failed, or fails as it stops, would be listed as failed for ever.
stop_unit() {
	systemctl stop "$1"
	# An error where systemd has forgotten the unit, as it does unless one failed.
	systemctl reset-failed "$1" 2>/dev/null || true
}

# disable UNIT: the opposite of start.
disable() {
	systemctl disable --quiet "$1"
	stop_unit "$1"
}

# apply UNIT…: at the first boot, when a restart disturbs no visitor. restart-units.sh has the one that spares each unit a restart.
apply() { for unit in "$@"; do change "start $unit" start "$unit"; done; }
